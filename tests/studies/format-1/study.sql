BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('v3.2.0.a');
CREATE TABLE studies (
	study_id INTEGER NOT NULL, 
	study_name VARCHAR(512) NOT NULL, 
	PRIMARY KEY (study_id)
);
INSERT INTO "studies" VALUES(1,'search');
CREATE TABLE study_directions (
	study_direction_id INTEGER NOT NULL, 
	direction VARCHAR(8) NOT NULL, 
	study_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	PRIMARY KEY (study_direction_id), 
	UNIQUE (study_id, objective), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_directions" VALUES(1,'MAXIMIZE',1,0);
INSERT INTO "study_directions" VALUES(2,'MINIMIZE',1,1);
CREATE TABLE study_system_attributes (
	study_system_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_system_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_system_attributes" VALUES(1,1,'study:metric_names','["accuracy", "spikes_per_image"]');
CREATE TABLE study_user_attributes (
	study_user_attribute_id INTEGER NOT NULL, 
	study_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (study_user_attribute_id), 
	UNIQUE (study_id, "key"), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "study_user_attributes" VALUES(1,1,'slots','{"tbd1": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"], "tbd2": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"], "tbd3": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"], "tbd4": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"], "tbd5": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}');
INSERT INTO "study_user_attributes" VALUES(2,1,'seed','5');
INSERT INTO "study_user_attributes" VALUES(3,1,'average_spikes','20000.0');
CREATE TABLE trial_heartbeats (
	trial_heartbeat_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	heartbeat DATETIME NOT NULL, 
	PRIMARY KEY (trial_heartbeat_id), 
	UNIQUE (trial_id), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_intermediate_values (
	trial_intermediate_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	intermediate_value FLOAT, 
	intermediate_value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_intermediate_value_id), 
	UNIQUE (trial_id, step), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_params (
	param_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	param_name VARCHAR(512), 
	param_value FLOAT, 
	distribution_json TEXT, 
	PRIMARY KEY (param_id), 
	UNIQUE (trial_id, param_name), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_params" VALUES(1,1,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(2,1,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(3,1,'tbd3',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(4,1,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(5,1,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(6,2,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(7,2,'tbd2',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(8,2,'tbd3',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(9,2,'tbd4',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(10,2,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(11,3,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(12,3,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(13,3,'tbd3',2.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(14,3,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(15,3,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(16,4,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(17,4,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(18,4,'tbd3',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(19,4,'tbd4',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(20,4,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(21,5,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(22,5,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(23,5,'tbd3',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(24,5,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(25,5,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(26,6,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(27,6,'tbd2',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(28,6,'tbd3',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(29,6,'tbd4',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(30,6,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(31,7,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(32,7,'tbd2',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(33,7,'tbd3',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(34,7,'tbd4',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(35,7,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(36,8,'tbd1',3.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(37,8,'tbd2',4.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(38,8,'tbd3',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(39,8,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
INSERT INTO "trial_params" VALUES(40,8,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5"]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'architecture','"autosnn: SRB_k3 SCB_k3 skip skip skip"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'digest','"9df34f304162514e"');
INSERT INTO "trial_user_attributes" VALUES(3,1,'lam','-0.08');
INSERT INTO "trial_user_attributes" VALUES(4,1,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(5,1,'fitness','0.43279269422499805');
INSERT INTO "trial_user_attributes" VALUES(6,1,'firing_rate','0.09169921875');
INSERT INTO "trial_user_attributes" VALUES(7,1,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 9695.0, "firing_rate": 0.295867919921875}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(8,1,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(9,1,'correct','423');
INSERT INTO "trial_user_attributes" VALUES(10,1,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(11,2,'architecture','"autosnn: SRB_k3 SRB_k5 SRB_k3 SRB_k5 skip"');
INSERT INTO "trial_user_attributes" VALUES(12,2,'digest','"08eb132776daedf5"');
INSERT INTO "trial_user_attributes" VALUES(13,2,'lam','-0.08');
INSERT INTO "trial_user_attributes" VALUES(14,2,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(15,2,'fitness','0.480535772108168');
INSERT INTO "trial_user_attributes" VALUES(16,2,'firing_rate','0.176849365234375');
INSERT INTO "trial_user_attributes" VALUES(17,2,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 7882.0, "firing_rate": 0.24053955078125}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 10250.0, "firing_rate": 0.31280517578125}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 5514.0, "firing_rate": 0.16827392578125}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(18,2,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(19,2,'correct','495');
INSERT INTO "trial_user_attributes" VALUES(20,2,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(21,3,'architecture','"autosnn: SRB_k3 SCB_k3 SCB_k5 skip skip"');
INSERT INTO "trial_user_attributes" VALUES(22,3,'digest','"99560fde1ca4efb5"');
INSERT INTO "trial_user_attributes" VALUES(23,3,'lam','-0.08');
INSERT INTO "trial_user_attributes" VALUES(24,3,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(25,3,'fitness','0.34265145840187133');
INSERT INTO "trial_user_attributes" VALUES(26,3,'firing_rate','0.09915771484375');
INSERT INTO "trial_user_attributes" VALUES(27,3,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 9695.0, "firing_rate": 0.295867919921875}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 1222.0, "firing_rate": 0.03729248046875}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(28,3,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(29,3,'correct','337');
INSERT INTO "trial_user_attributes" VALUES(30,3,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(31,4,'architecture','"autosnn: SRB_k3 SCB_k3 SRB_k3 SRB_k5 skip"');
INSERT INTO "trial_user_attributes" VALUES(32,4,'digest','"f76e6b8d049c1ba6"');
INSERT INTO "trial_user_attributes" VALUES(33,4,'lam','-0.08');
INSERT INTO "trial_user_attributes" VALUES(34,4,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(35,4,'fitness','0.4357008661593183');
INSERT INTO "trial_user_attributes" VALUES(36,4,'firing_rate','0.1879150390625');
INSERT INTO "trial_user_attributes" VALUES(37,4,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 9695.0, "firing_rate": 0.295867919921875}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 10250.0, "firing_rate": 0.31280517578125}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 5514.0, "firing_rate": 0.16827392578125}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(38,4,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(39,4,'correct','451');
INSERT INTO "trial_user_attributes" VALUES(40,4,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(41,5,'architecture','"autosnn: SRB_k3 SCB_k3 skip skip skip"');
INSERT INTO "trial_user_attributes" VALUES(42,5,'digest','"9df34f304162514e"');
INSERT INTO "trial_user_attributes" VALUES(43,5,'lam','-0.24');
INSERT INTO "trial_user_attributes" VALUES(44,5,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(45,5,'fitness','0.45306345063772135');
INSERT INTO "trial_user_attributes" VALUES(46,5,'firing_rate','0.09169921875');
INSERT INTO "trial_user_attributes" VALUES(47,5,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 9695.0, "firing_rate": 0.295867919921875}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(48,5,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(49,5,'correct','423');
INSERT INTO "trial_user_attributes" VALUES(50,5,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(51,5,'reused_from','0');
INSERT INTO "trial_user_attributes" VALUES(52,6,'architecture','"autosnn: SRB_k3 SRB_k5 SRB_k3 SRB_k5 skip"');
INSERT INTO "trial_user_attributes" VALUES(53,6,'digest','"08eb132776daedf5"');
INSERT INTO "trial_user_attributes" VALUES(54,6,'lam','-0.24');
INSERT INTO "trial_user_attributes" VALUES(55,6,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(56,6,'fitness','0.45286292904594544');
INSERT INTO "trial_user_attributes" VALUES(57,6,'firing_rate','0.176849365234375');
INSERT INTO "trial_user_attributes" VALUES(58,6,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 7882.0, "firing_rate": 0.24053955078125}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 10250.0, "firing_rate": 0.31280517578125}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 5514.0, "firing_rate": 0.16827392578125}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(59,6,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(60,6,'correct','495');
INSERT INTO "trial_user_attributes" VALUES(61,6,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(62,6,'reused_from','1');
INSERT INTO "trial_user_attributes" VALUES(63,7,'architecture','"autosnn: SRB_k3 SRB_k5 SCB_k3 SRB_k5 skip"');
INSERT INTO "trial_user_attributes" VALUES(64,7,'digest','"0c0874dab10369a4"');
INSERT INTO "trial_user_attributes" VALUES(65,7,'lam','-0.24');
INSERT INTO "trial_user_attributes" VALUES(66,7,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(67,7,'fitness','0.4249360872639747');
INSERT INTO "trial_user_attributes" VALUES(68,7,'firing_rate','0.1608154296875');
INSERT INTO "trial_user_attributes" VALUES(69,7,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 7882.0, "firing_rate": 0.24053955078125}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 7623.0, "firing_rate": 0.232635498046875}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 5514.0, "firing_rate": 0.16827392578125}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(70,7,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(71,7,'correct','454');
INSERT INTO "trial_user_attributes" VALUES(72,7,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(73,8,'architecture','"autosnn: SRB_k3 SRB_k5 skip skip skip"');
INSERT INTO "trial_user_attributes" VALUES(74,8,'digest','"77e3a31f6706642f"');
INSERT INTO "trial_user_attributes" VALUES(75,8,'lam','-0.24');
INSERT INTO "trial_user_attributes" VALUES(76,8,'generation','1');
INSERT INTO "trial_user_attributes" VALUES(77,8,'fitness','0.515869098131784');
INSERT INTO "trial_user_attributes" VALUES(78,8,'firing_rate','0.080633544921875');
INSERT INTO "trial_user_attributes" VALUES(79,8,'layers','[{"name": "tbd1.neuron", "positions": 4096, "spikes_per_image": 5329.0, "firing_rate": 0.162628173828125}, {"name": "tbd2.neuron", "positions": 4096, "spikes_per_image": 7882.0, "firing_rate": 0.24053955078125}, {"name": "tbd3.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "tbd4.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "tbd5.neuron", "positions": 4096, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(80,8,'images','1000');
INSERT INTO "trial_user_attributes" VALUES(81,8,'correct','467');
INSERT INTO "trial_user_attributes" VALUES(82,8,'source','"shared-weights"');
CREATE TABLE trial_values (
	trial_value_id INTEGER NOT NULL, 
	trial_id INTEGER NOT NULL, 
	objective INTEGER NOT NULL, 
	value FLOAT, 
	value_type VARCHAR(7) NOT NULL, 
	PRIMARY KEY (trial_value_id), 
	UNIQUE (trial_id, objective), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_values" VALUES(1,1,0,0.423,'FINITE');
INSERT INTO "trial_values" VALUES(2,1,1,15024.0,'FINITE');
INSERT INTO "trial_values" VALUES(3,2,0,0.495,'FINITE');
INSERT INTO "trial_values" VALUES(4,2,1,28975.0,'FINITE');
INSERT INTO "trial_values" VALUES(5,3,0,0.337,'FINITE');
INSERT INTO "trial_values" VALUES(6,3,1,16246.0,'FINITE');
INSERT INTO "trial_values" VALUES(7,4,0,0.451,'FINITE');
INSERT INTO "trial_values" VALUES(8,4,1,30788.0,'FINITE');
INSERT INTO "trial_values" VALUES(9,5,0,0.423,'FINITE');
INSERT INTO "trial_values" VALUES(10,5,1,15024.0,'FINITE');
INSERT INTO "trial_values" VALUES(11,6,0,0.495,'FINITE');
INSERT INTO "trial_values" VALUES(12,6,1,28975.0,'FINITE');
INSERT INTO "trial_values" VALUES(13,7,0,0.454,'FINITE');
INSERT INTO "trial_values" VALUES(14,7,1,26348.0,'FINITE');
INSERT INTO "trial_values" VALUES(15,8,0,0.467,'FINITE');
INSERT INTO "trial_values" VALUES(16,8,1,13211.0,'FINITE');
CREATE TABLE trials (
	trial_id INTEGER NOT NULL, 
	number INTEGER, 
	study_id INTEGER, 
	state VARCHAR(8) NOT NULL, 
	datetime_start DATETIME, 
	datetime_complete DATETIME, 
	PRIMARY KEY (trial_id), 
	FOREIGN KEY(study_id) REFERENCES studies (study_id)
);
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-21 14:21:28.412751','2026-11-21 14:21:28.412751');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-21 14:21:28.607549','2026-11-21 14:21:28.607549');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-21 14:21:28.678660','2026-11-21 14:21:28.678660');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-21 14:21:28.726196','2026-11-21 14:21:28.726196');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-21 14:21:28.786331','2026-11-21 14:21:28.786331');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-21 14:21:28.842040','2026-11-21 14:21:28.842040');
INSERT INTO "trials" VALUES(7,6,1,'COMPLETE','2026-11-21 14:21:28.894547','2026-11-21 14:21:28.894547');
INSERT INTO "trials" VALUES(8,7,1,'COMPLETE','2026-11-21 14:21:28.946181','2026-11-21 14:21:28.946181');
CREATE TABLE version_info (
	version_info_id INTEGER NOT NULL, 
	schema_version INTEGER, 
	library_version VARCHAR(256), 
	PRIMARY KEY (version_info_id), 
	CHECK (version_info_id=1)
);
INSERT INTO "version_info" VALUES(1,12,'5.0.0');
CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name);
CREATE INDEX ix_trials_study_id ON trials (study_id);
COMMIT;
