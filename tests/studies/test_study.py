"""The Optuna study: what goes in comes out, Optuna's tools read it, and nothing half is ever in it."""

import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import optuna
import pytest

from spikesearch.architectures.architecture import SlotArchitecture
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.errors import RunError, UserError
from spikesearch.strategies.objectives import exponential_fitness, pareto_front
from spikesearch.studies.study import TrialStore, read_settings, read_trial_times, read_trials
from spikesearch.studies.trial import TrialRecord
from strategies.spaces import uneven
from strategies.tabular import TabularEvaluator

SPACE = get_space("autosnn")
SETTINGS = {"seed": 3, "average_spikes": 20_000.5, "lams": (-0.08, -0.16)}


def add(store: TrialStore, architecture: SlotArchitecture, generation: int = 0) -> TrialRecord:
    (measurement,) = TabularEvaluator().evaluate([architecture])
    fitness = exponential_fitness(measurement.accuracy, measurement.spikes_per_image, 20_000.5, -0.08)
    return store.add(
        architecture, measurement, lam=-0.08, fitness=fitness, generation=generation, source="shared-weights"
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.db"


def test_trials_come_back_bit_for_bit(path: Path) -> None:
    store = TrialStore.open(path, SPACE, SETTINGS)
    rng = np.random.default_rng(1)
    written = [add(store, SPACE.sample(rng), generation) for generation in range(5)]
    assert [record.number for record in written] == [0, 1, 2, 3, 4]
    assert store.load() == written
    assert read_trials(path) == written
    again = TrialStore.open(path, SPACE, SETTINGS)
    assert again.load() == written
    assert add(again, SPACE.sample(rng)).number == len(again) - 1 == 5


def test_a_reused_measurement_names_its_trial(path: Path) -> None:
    store = TrialStore.open(path, SPACE, SETTINGS)
    first = add(store, SPACE.decode((1, 1, 1, 1, 1)))
    architecture = SPACE.decode((1, 1, 1, 1, 1))
    store.add(architecture, first.measurement, lam=-0.16, fitness=0.5, generation=1, source=first.source, reused_from=0)
    first, second = read_trials(path)
    assert (first.reused_from, second.reused_from) == (None, 0)
    assert second.measurement == first.measurement


def test_optunas_tools_read_it(path: Path) -> None:
    store = TrialStore.open(path, SPACE, SETTINGS)
    rng = np.random.default_rng(2)
    records = [add(store, SPACE.sample(rng)) for _ in range(20)]
    study = optuna.load_study(storage=f"sqlite:///{path}", study_name="search")
    assert [direction.name for direction in study.directions] == ["MAXIMIZE", "MINIMIZE"]
    assert study.metric_names == ["accuracy", "spikes_per_image"]
    assert study.user_attrs["average_spikes"] == 20_000.5

    points = [(record.accuracy, record.spikes_per_image) for record in records]
    assert {trial.number for trial in study.best_trials} == set(pareto_front(points))

    trial, record = study.trials[7], records[7]
    assert trial.params == dict(zip(SPACE.slot_names, record.architecture.split()[1:], strict=True))
    assert trial.distributions["tbd1"] == optuna.distributions.CategoricalDistribution(
        ("skip", "SCB_k3", "SCB_k5", "SRB_k3", "SRB_k5")
    )
    assert trial.user_attrs == {
        "architecture": record.architecture,
        "digest": hashlib.sha256(record.architecture.encode()).hexdigest()[:16],
        "lam": -0.08,
        "generation": 0,
        "fitness": record.fitness,
        "firing_rate": record.firing_rate,
        "layers": [layer.as_dict() for layer in record.layers],
        "images": 1000,
        "correct": record.correct,
        "source": "shared-weights",
    }


def test_slots_with_candidates_of_their_own(path: Path) -> None:
    space = uneven()
    store = TrialStore.open(path, space, {})
    for architecture in list(space)[::11]:
        add(store, architecture)
    trials = optuna.load_study(storage=f"sqlite:///{path}", study_name="search").trials
    assert [" ".join(trial.params.values()) for trial in trials] == [
        " ".join(map(str, architecture.slots)) for architecture in list(space)[::11]
    ]
    assert trials[0].distributions["tbd3"].choices == ("SRB_k5",)
    assert read_settings(path)["slots"]["tbd2"] == ["SCB_k3", "SCB_k5"]


@pytest.mark.parametrize("name", ["my run", "50%41", "a?b=c", "a#b", "{SCHEMA_VERSION}", "ünï", "file:x"])
def test_any_folder_name_works(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    path = tmp_path / name / "study.db"
    add(TrialStore.open(path, SPACE, SETTINGS), SPACE.decode((0, 1, 2, 3, 4)))
    assert len(read_trials(path)) == 1
    assert os.listdir(tmp_path) == [name]
    assert os.listdir(tmp_path / name) == ["study.db"]


def test_no_study_yet_means_no_trials(path: Path) -> None:
    assert read_trials(path) == []
    assert not path.exists()


def test_other_settings_are_refused(path: Path) -> None:
    TrialStore.open(path, SPACE, SETTINGS)
    with pytest.raises(UserError, match=r"belongs to a search with other settings: seed is 3 there and 4 here$"):
        TrialStore.open(path, SPACE, {**SETTINGS, "seed": 4})
    with pytest.raises(UserError, match=r"strategy is None there and 'random' here$"):
        TrialStore.open(path, SPACE, {**SETTINGS, "strategy": "random"})
    with pytest.raises(UserError, match=r"slots is .*'tbd1': \['skip', 'SCB_k3', 'SCB_k5', 'SRB_k3', 'SRB_k5'\]"):
        TrialStore.open(path, uneven(), SETTINGS)


def test_damage_is_named(path: Path, tmp_path: Path) -> None:
    store = TrialStore.open(path, SPACE, SETTINGS)
    add(store, SPACE.decode((0, 1, 2, 3, 4)))
    whole = path.read_bytes()
    for content in (b"not a database at all" * 100, whole[:5000], whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(UserError, match=r"study\.db (is not the study of a search, or is damaged|is damaged)"):
            read_trials(path)
        assert path.read_bytes() == content  # nothing was repaired away, nothing added


def test_an_empty_file_is_no_study_yet(path: Path) -> None:
    path.touch()
    assert read_trials(path) == read_trial_times(path) == []
    store = TrialStore.open(path, SPACE, SETTINGS)
    add(store, SPACE.decode((0, 1, 2, 3, 4)))
    assert len(read_trials(path)) == 1


def test_other_databases_are_refused_and_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE letters (text TEXT)")
    before = path.read_bytes()
    with pytest.raises(
        UserError,
        match="is not the study of a search, or is damaged: no such table: studies; restore it from",
    ):
        read_trials(path)
    assert path.read_bytes() == before


def test_studies_of_others_are_refused(path: Path) -> None:
    optuna.create_study(storage=f"sqlite:///{path}", study_name="mine")
    with pytest.raises(UserError, match=r"holds the studies \['mine'\], but none named 'search'"):
        read_trials(path)


def test_trials_of_others_are_refused(path: Path) -> None:
    TrialStore.open(path, SPACE, SETTINGS)
    study = optuna.load_study(storage=f"sqlite:///{path}", study_name="search")
    study.add_trial(optuna.trial.create_trial(values=[0.5, 1.0]))
    with pytest.raises(UserError, match="holds trials that spikesearch did not write"):
        read_trials(path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"the study .*study\.db could not be created"):
        TrialStore.open(tmp_path / "no" / "study.db", SPACE, SETTINGS)


def test_it_is_quiet(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    verbosity = optuna.logging.get_verbosity()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        add(TrialStore.open(path, SPACE, SETTINGS), SPACE.decode((0, 1, 2, 3, 4)))
        read_trials(path)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == verbosity


KILLED_IN_A_TRANSACTION = """
import os, sys
import sqlalchemy
from strategies.tabular import TabularEvaluator
from spikesearch.architectures.spaces.autosnn import get_space
from spikesearch.studies.study import TrialStore

space = get_space("autosnn")
store = TrialStore.open(sys.argv[1], space, {})
statements = 0

@sqlalchemy.event.listens_for(sqlalchemy.Engine, "after_cursor_execute")
def count(connection, cursor, statement, parameters, context, many):
    global statements
    if statement.startswith(("INSERT", "UPDATE")):
        statements += 1
        if statements == int(sys.argv[2]):
            # Make SQLite write its pages to the file before the transaction ends, as it does when they get many.
            cursor.execute("PRAGMA cache_spill = 1")
            os.kill(os.getpid(), 9)

for architecture in list(space)[:3]:
    (measurement,) = TabularEvaluator().evaluate([architecture])
    store.add(architecture, measurement, lam=0.0, fitness=0.5, generation=0, source="shared-weights")
    print("stored", flush=True)
"""


@pytest.mark.parametrize("statement", [1, 20, 33])
def test_kill_9_within_a_transaction_leaves_whole_trials(path: Path, statement: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED_IN_A_TRANSACTION, str(path), str(statement)]
    killed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    stored = killed.stdout.count("stored")
    assert [record.number for record in read_trials(path)] == list(range(stored))
    study = optuna.load_study(storage=f"sqlite:///{path}", study_name="search")
    assert all(trial.state.is_finished() and len(trial.params) == 5 for trial in study.trials)
    store = TrialStore.open(path, SPACE, {})
    assert add(store, SPACE.decode((4, 4, 4, 4, 4))).number == stored


def test_what_a_killed_creation_left_is_no_obstacle(path: Path, tmp_path: Path) -> None:
    TrialStore.open(tmp_path / "whole.db", SPACE, SETTINGS)
    whole = (tmp_path / "whole.db").read_bytes()
    (tmp_path / ".study.db.incomplete").write_bytes(whole[:3000])
    add(TrialStore.open(path, SPACE, SETTINGS), SPACE.decode((0, 1, 2, 3, 4)))
    assert len(read_trials(path)) == 1
    assert sorted(os.listdir(tmp_path)) == ["study.db", "whole.db"]


def test_it_can_be_read_while_it_is_written(path: Path) -> None:
    store = TrialStore.open(path, SPACE, SETTINGS)
    for number, architecture in enumerate(list(SPACE)[:3]):
        add(store, architecture)
        assert len(read_trials(path)) == number + 1


def test_a_copied_study_is_whole(path: Path, tmp_path: Path) -> None:
    store = TrialStore.open(path, SPACE, SETTINGS)
    add(store, SPACE.decode((0, 1, 2, 3, 4)))
    shutil.copy(path, tmp_path / "copy.db")
    assert read_trials(tmp_path / "copy.db") == store.load()
