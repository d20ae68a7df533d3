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
INSERT INTO "study_user_attributes" VALUES(1,1,'slots','{"tbd1": ["skip", "SCB_k3"], "tbd2": ["skip", "SCB_k3"], "tbd3": ["skip", "SCB_k3"], "tbd4": ["skip", "SCB_k3"], "tbd5": ["skip", "SCB_k3"]}');
INSERT INTO "study_user_attributes" VALUES(2,1,'seed','4');
INSERT INTO "study_user_attributes" VALUES(3,1,'average_spikes','249.075');
INSERT INTO "study_user_attributes" VALUES(4,1,'search','{"strategy": "evolution", "lam": [-0.08, -4.0], "fitness": "exponential", "rounds": 1, "population": 3, "parents": 2, "mutations": 1, "crossovers": 1, "mutation_probability": 0.2, "batch_size": 500, "images": 0, "constraints": ["spikes<=1k"]}');
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
INSERT INTO "trial_params" VALUES(1,1,'tbd1',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(2,1,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(3,1,'tbd3',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(4,1,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(5,1,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(6,2,'tbd1',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(7,2,'tbd2',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(8,2,'tbd3',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(9,2,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(10,2,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(11,3,'tbd1',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(12,3,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(13,3,'tbd3',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(14,3,'tbd4',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(15,3,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(16,4,'tbd1',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(17,4,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(18,4,'tbd3',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(19,4,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(20,4,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(21,5,'tbd1',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(22,5,'tbd2',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(23,5,'tbd3',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(24,5,'tbd4',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(25,5,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(26,6,'tbd1',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(27,6,'tbd2',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(28,6,'tbd3',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(29,6,'tbd4',1.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
INSERT INTO "trial_params" VALUES(30,6,'tbd5',0.0,'{"name": "CategoricalDistribution", "attributes": {"choices": ["skip", "SCB_k3"]}}');
CREATE TABLE trial_system_attributes (
	trial_system_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_system_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_system_attributes" VALUES(1,1,'constraints','[-0.93345]');
INSERT INTO "trial_system_attributes" VALUES(2,2,'constraints','[-0.88515]');
INSERT INTO "trial_system_attributes" VALUES(3,3,'constraints','[-0.93575]');
INSERT INTO "trial_system_attributes" VALUES(4,4,'constraints','[-0.93345]');
INSERT INTO "trial_system_attributes" VALUES(5,5,'constraints','[-0.88515]');
INSERT INTO "trial_system_attributes" VALUES(6,6,'constraints','[-0.93575]');
CREATE TABLE trial_user_attributes (
	trial_user_attribute_id INTEGER NOT NULL, 
	trial_id INTEGER, 
	"key" VARCHAR(512), 
	value_json TEXT, 
	PRIMARY KEY (trial_user_attribute_id), 
	UNIQUE (trial_id, "key"), 
	FOREIGN KEY(trial_id) REFERENCES trials (trial_id)
);
INSERT INTO "trial_user_attributes" VALUES(1,1,'architecture','"autosnn: skip SCB_k3 SCB_k3 skip skip"');
INSERT INTO "trial_user_attributes" VALUES(2,1,'digest','"b30353f1c2e2a5ee"');
INSERT INTO "trial_user_attributes" VALUES(3,1,'lam','-0.08');
INSERT INTO "trial_user_attributes" VALUES(4,1,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(5,1,'fitness','0.11113595002366479');
INSERT INTO "trial_user_attributes" VALUES(6,1,'firing_rate','0.1409957627118644');
INSERT INTO "trial_user_attributes" VALUES(7,1,'layers','[{"name": "stem.neuron", "positions": 64, "spikes_per_image": 33.35, "firing_rate": 0.260546875}, {"name": "ds1.pool", "positions": 16, "spikes_per_image": 15.75, "firing_rate": 0.4921875}, {"name": "tbd2.neuron1", "positions": 32, "spikes_per_image": 9.95, "firing_rate": 0.15546875}, {"name": "tbd2.neuron2", "positions": 32, "spikes_per_image": 2.55, "firing_rate": 0.03984375}, {"name": "tbd3.neuron1", "positions": 32, "spikes_per_image": 1.6, "firing_rate": 0.025}, {"name": "tbd3.neuron2", "positions": 32, "spikes_per_image": 1.4, "firing_rate": 0.021875}, {"name": "ds2.pool", "positions": 8, "spikes_per_image": 1.35, "firing_rate": 0.084375}, {"name": "tbd4.neuron", "positions": 16, "spikes_per_image": 0.3, "firing_rate": 0.009375}, {"name": "ds3.pool", "positions": 4, "spikes_per_image": 0.3, "firing_rate": 0.0375}, {"name": "fc.neuron", "positions": 10, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(8,1,'images','20');
INSERT INTO "trial_user_attributes" VALUES(9,1,'correct','2');
INSERT INTO "trial_user_attributes" VALUES(10,1,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(11,2,'architecture','"autosnn: skip skip skip skip skip"');
INSERT INTO "trial_user_attributes" VALUES(12,2,'digest','"a7cd0c73fca17638"');
INSERT INTO "trial_user_attributes" VALUES(13,2,'lam','-0.08');
INSERT INTO "trial_user_attributes" VALUES(14,2,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(15,2,'fitness','0.10638880509843465');
INSERT INTO "trial_user_attributes" VALUES(16,2,'firing_rate','0.39589285714285716');
INSERT INTO "trial_user_attributes" VALUES(17,2,'layers','[{"name": "stem.neuron", "positions": 64, "spikes_per_image": 33.35, "firing_rate": 0.260546875}, {"name": "ds1.pool", "positions": 16, "spikes_per_image": 15.75, "firing_rate": 0.4921875}, {"name": "tbd2.neuron", "positions": 32, "spikes_per_image": 31.5, "firing_rate": 0.4921875}, {"name": "ds2.pool", "positions": 8, "spikes_per_image": 13.3, "firing_rate": 0.83125}, {"name": "tbd4.neuron", "positions": 16, "spikes_per_image": 12.95, "firing_rate": 0.4046875}, {"name": "ds3.pool", "positions": 4, "spikes_per_image": 4.0, "firing_rate": 0.5}, {"name": "fc.neuron", "positions": 10, "spikes_per_image": 4.0, "firing_rate": 0.2}]');
INSERT INTO "trial_user_attributes" VALUES(18,2,'images','20');
INSERT INTO "trial_user_attributes" VALUES(19,2,'correct','2');
INSERT INTO "trial_user_attributes" VALUES(20,2,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(21,3,'architecture','"autosnn: skip SCB_k3 skip SCB_k3 skip"');
INSERT INTO "trial_user_attributes" VALUES(22,3,'digest','"a1d813c424b97bda"');
INSERT INTO "trial_user_attributes" VALUES(23,3,'lam','-0.08');
INSERT INTO "trial_user_attributes" VALUES(24,3,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(25,3,'fitness','0.11144909867725389');
INSERT INTO "trial_user_attributes" VALUES(26,3,'firing_rate','0.17087765957446807');
INSERT INTO "trial_user_attributes" VALUES(27,3,'layers','[{"name": "stem.neuron", "positions": 64, "spikes_per_image": 33.35, "firing_rate": 0.260546875}, {"name": "ds1.pool", "positions": 16, "spikes_per_image": 15.75, "firing_rate": 0.4921875}, {"name": "tbd2.neuron1", "positions": 32, "spikes_per_image": 9.95, "firing_rate": 0.15546875}, {"name": "tbd2.neuron2", "positions": 32, "spikes_per_image": 2.55, "firing_rate": 0.03984375}, {"name": "ds2.pool", "positions": 8, "spikes_per_image": 2.25, "firing_rate": 0.140625}, {"name": "tbd4.neuron1", "positions": 16, "spikes_per_image": 0.4, "firing_rate": 0.0125}, {"name": "tbd4.neuron2", "positions": 16, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "ds3.pool", "positions": 4, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "fc.neuron", "positions": 10, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(28,3,'images','20');
INSERT INTO "trial_user_attributes" VALUES(29,3,'correct','2');
INSERT INTO "trial_user_attributes" VALUES(30,3,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(31,4,'architecture','"autosnn: skip SCB_k3 SCB_k3 skip skip"');
INSERT INTO "trial_user_attributes" VALUES(32,4,'digest','"b30353f1c2e2a5ee"');
INSERT INTO "trial_user_attributes" VALUES(33,4,'lam','-4.0');
INSERT INTO "trial_user_attributes" VALUES(34,4,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(35,4,'fitness','19.621324340306217');
INSERT INTO "trial_user_attributes" VALUES(36,4,'firing_rate','0.1409957627118644');
INSERT INTO "trial_user_attributes" VALUES(37,4,'layers','[{"name": "stem.neuron", "positions": 64, "spikes_per_image": 33.35, "firing_rate": 0.260546875}, {"name": "ds1.pool", "positions": 16, "spikes_per_image": 15.75, "firing_rate": 0.4921875}, {"name": "tbd2.neuron1", "positions": 32, "spikes_per_image": 9.95, "firing_rate": 0.15546875}, {"name": "tbd2.neuron2", "positions": 32, "spikes_per_image": 2.55, "firing_rate": 0.03984375}, {"name": "tbd3.neuron1", "positions": 32, "spikes_per_image": 1.6, "firing_rate": 0.025}, {"name": "tbd3.neuron2", "positions": 32, "spikes_per_image": 1.4, "firing_rate": 0.021875}, {"name": "ds2.pool", "positions": 8, "spikes_per_image": 1.35, "firing_rate": 0.084375}, {"name": "tbd4.neuron", "positions": 16, "spikes_per_image": 0.3, "firing_rate": 0.009375}, {"name": "ds3.pool", "positions": 4, "spikes_per_image": 0.3, "firing_rate": 0.0375}, {"name": "fc.neuron", "positions": 10, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(38,4,'images','20');
INSERT INTO "trial_user_attributes" VALUES(39,4,'correct','2');
INSERT INTO "trial_user_attributes" VALUES(40,4,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(41,4,'reused_from','0');
INSERT INTO "trial_user_attributes" VALUES(42,5,'architecture','"autosnn: skip skip skip skip skip"');
INSERT INTO "trial_user_attributes" VALUES(43,5,'digest','"a7cd0c73fca17638"');
INSERT INTO "trial_user_attributes" VALUES(44,5,'lam','-4.0');
INSERT INTO "trial_user_attributes" VALUES(45,5,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(46,5,'fitness','2.212058243897199');
INSERT INTO "trial_user_attributes" VALUES(47,5,'firing_rate','0.39589285714285716');
INSERT INTO "trial_user_attributes" VALUES(48,5,'layers','[{"name": "stem.neuron", "positions": 64, "spikes_per_image": 33.35, "firing_rate": 0.260546875}, {"name": "ds1.pool", "positions": 16, "spikes_per_image": 15.75, "firing_rate": 0.4921875}, {"name": "tbd2.neuron", "positions": 32, "spikes_per_image": 31.5, "firing_rate": 0.4921875}, {"name": "ds2.pool", "positions": 8, "spikes_per_image": 13.3, "firing_rate": 0.83125}, {"name": "tbd4.neuron", "positions": 16, "spikes_per_image": 12.95, "firing_rate": 0.4046875}, {"name": "ds3.pool", "positions": 4, "spikes_per_image": 4.0, "firing_rate": 0.5}, {"name": "fc.neuron", "positions": 10, "spikes_per_image": 4.0, "firing_rate": 0.2}]');
INSERT INTO "trial_user_attributes" VALUES(49,5,'images','20');
INSERT INTO "trial_user_attributes" VALUES(50,5,'correct','2');
INSERT INTO "trial_user_attributes" VALUES(51,5,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(52,5,'reused_from','1');
INSERT INTO "trial_user_attributes" VALUES(53,6,'architecture','"autosnn: skip SCB_k3 skip SCB_k3 skip"');
INSERT INTO "trial_user_attributes" VALUES(54,6,'digest','"a1d813c424b97bda"');
INSERT INTO "trial_user_attributes" VALUES(55,6,'lam','-4.0');
INSERT INTO "trial_user_attributes" VALUES(56,6,'generation','0');
INSERT INTO "trial_user_attributes" VALUES(57,6,'fitness','22.58541255316167');
INSERT INTO "trial_user_attributes" VALUES(58,6,'firing_rate','0.17087765957446807');
INSERT INTO "trial_user_attributes" VALUES(59,6,'layers','[{"name": "stem.neuron", "positions": 64, "spikes_per_image": 33.35, "firing_rate": 0.260546875}, {"name": "ds1.pool", "positions": 16, "spikes_per_image": 15.75, "firing_rate": 0.4921875}, {"name": "tbd2.neuron1", "positions": 32, "spikes_per_image": 9.95, "firing_rate": 0.15546875}, {"name": "tbd2.neuron2", "positions": 32, "spikes_per_image": 2.55, "firing_rate": 0.03984375}, {"name": "ds2.pool", "positions": 8, "spikes_per_image": 2.25, "firing_rate": 0.140625}, {"name": "tbd4.neuron1", "positions": 16, "spikes_per_image": 0.4, "firing_rate": 0.0125}, {"name": "tbd4.neuron2", "positions": 16, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "ds3.pool", "positions": 4, "spikes_per_image": 0.0, "firing_rate": 0.0}, {"name": "fc.neuron", "positions": 10, "spikes_per_image": 0.0, "firing_rate": 0.0}]');
INSERT INTO "trial_user_attributes" VALUES(60,6,'images','20');
INSERT INTO "trial_user_attributes" VALUES(61,6,'correct','2');
INSERT INTO "trial_user_attributes" VALUES(62,6,'source','"shared-weights"');
INSERT INTO "trial_user_attributes" VALUES(63,6,'reused_from','2');
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
INSERT INTO "trial_values" VALUES(1,1,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(2,1,1,66.55,'FINITE');
INSERT INTO "trial_values" VALUES(3,2,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(4,2,1,114.85,'FINITE');
INSERT INTO "trial_values" VALUES(5,3,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(6,3,1,64.25,'FINITE');
INSERT INTO "trial_values" VALUES(7,4,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(8,4,1,66.55,'FINITE');
INSERT INTO "trial_values" VALUES(9,5,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(10,5,1,114.85,'FINITE');
INSERT INTO "trial_values" VALUES(11,6,0,0.1,'FINITE');
INSERT INTO "trial_values" VALUES(12,6,1,64.25,'FINITE');
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
INSERT INTO "trials" VALUES(1,0,1,'COMPLETE','2026-11-22 00:00:19.682803','2026-11-22 00:00:19.682803');
INSERT INTO "trials" VALUES(2,1,1,'COMPLETE','2026-11-22 00:00:20.415408','2026-11-22 00:00:20.415408');
INSERT INTO "trials" VALUES(3,2,1,'COMPLETE','2026-11-22 00:00:20.874596','2026-11-22 00:00:20.874596');
INSERT INTO "trials" VALUES(4,3,1,'COMPLETE','2026-11-22 00:00:21.406986','2026-11-22 00:00:21.406986');
INSERT INTO "trials" VALUES(5,4,1,'COMPLETE','2026-11-22 00:00:21.843028','2026-11-22 00:00:21.843028');
INSERT INTO "trials" VALUES(6,5,1,'COMPLETE','2026-11-22 00:00:22.326164','2026-11-22 00:00:22.326164');
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
