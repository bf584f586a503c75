"""Who asks too often or when too many ask is told so at once; turns come back; no models."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.settings import IngestSettings
from rag.cancel import require_wanted
from rag.chat_model import ChatModel
from rag.errors import CancelledError
from rag.schema import Event, Question, Stage
from rag.settings import RagSettings
from ui.accounts import User
from ui.chat import answer
from ui.evals import EvalRuns, stop_run
from ui.service import A_MINUTE, AT_ONCE, MOST_WAITING, BusyError, Service


class WaitingService(Service):
    """Its answers wait until they are let go."""

    go = threading.Event()

    def _answer(self, question: Question) -> Iterator[Event]:
        yield Stage("reading")
        self.go.wait(20)
        yield Stage("writing")


@pytest.fixture
def service(settings: IngestSettings) -> Iterator[WaitingService]:
    service = WaitingService(settings, RagSettings())
    service.go = threading.Event()
    yield service
    service.go.set()
    service.close()


def test_those_over_the_bound_are_told_at_once(service: WaitingService) -> None:
    def ask() -> None:
        list(service.events(Question("x")))

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE + MOST_WAITING)]
    for thread in threads:
        thread.start()
    told = ""
    for _ in range(200):
        told = service.metrics.show(service.store.manifest).decode()
        if f"sic_waiting {MOST_WAITING}.0" in told and f"sic_asking {AT_ONCE}.0" in told:
            break
        time.sleep(0.05)
    assert f"sic_waiting {MOST_WAITING}.0" in told
    started = time.monotonic()
    with pytest.raises(BusyError, match="Many are asking"):
        next(service.events(Question("x")))
    assert time.monotonic() - started < 1
    service.go.set()
    for thread in threads:
        thread.join(20)
    assert next(service.events(Question("x")))


def test_an_answer_that_nobody_hears_to_the_end_gives_its_turn_back(
    service: WaitingService,
) -> None:
    for _ in range(AT_ONCE + 2):
        events = service.events(Question("x"))
        next(events)
        events.close()  # type: ignore[attr-defined]
    told = service.metrics.show(service.store.manifest).decode()
    assert f'sic_answers_total{{outcome="stopped"}} {AT_ONCE + 2}.0' in told
    assert "sic_asking 0.0" in told


def test_a_user_who_asks_too_often_waits_and_others_do_not(service: WaitingService) -> None:
    service.go.set()
    ann, bob = User("ann", "reader"), User("bob", "reader")
    for _ in range(A_MINUTE):
        list(service.events(Question("x"), ann))
    with pytest.raises(BusyError, match=f"{A_MINUTE} questions in a minute"):
        next(service.events(Question("x"), ann))
    assert next(service.events(Question("x"), bob))


def test_what_is_asked_is_logged_only_if_that_is_wished(
    settings: IngestSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number, wish in enumerate((False, True)):
        one = IngestSettings(settings.corpus, tmp_path / f"store-{number}")
        service = WaitingService(one, RagSettings(), log_questions=wish)
        service.go = threading.Event()
        service.go.set()
        caplog.clear()
        with caplog.at_level("INFO", "sic"):
            list(service.events(Question("my secret")))
        service.close()
        assert ("my secret" in caplog.text) is wish
        assert '"event": "answer"' in caplog.text


def test_a_run_is_stopped_by_an_admin_alone(service: WaitingService) -> None:
    runs = EvalRuns(service)
    stop_run(runs, User("ray", "editor"))
    assert not runs._stop.is_set()
    stop_run(runs, User("ann", "admin"))
    assert runs._stop.is_set()


def test_who_hangs_up_while_waiting_gives_the_place_back(service: WaitingService) -> None:
    threads = [
        threading.Thread(target=lambda: list(service.events(Question("x")))) for _ in range(AT_ONCE)
    ]
    for thread in threads:
        thread.start()
    for _ in range(200):
        if f"sic_asking {AT_ONCE}.0" in service.metrics.show(service.store.manifest).decode():
            break
        time.sleep(0.05)
    threading.Timer(0.3, service.hang_up, ["gone"]).start()
    started = time.monotonic()
    with pytest.raises(CancelledError):
        next(service.events(Question("x"), listener="gone"))
    assert time.monotonic() - started < 2
    service.go.set()
    for thread in threads:
        thread.join(20)
    told = service.metrics.show(service.store.manifest).decode()
    assert "sic_waiting 0.0" in told
    assert not service._listeners


def test_who_hangs_up_while_the_models_load_waits_no_longer(service: WaitingService) -> None:
    threading.Timer(0.3, service.hang_up, ["gone"]).start()
    with pytest.raises(CancelledError):
        service.settle("gone")


class ReadingModel(ChatModel):
    """Reads ahead without end, until it is cut off."""

    def __init__(self) -> None:
        super().__init__(RagSettings())
        self.has_begun = threading.Event()

    def rehearse(self) -> Iterator[int]:
        while True:
            require_wanted()
            self.has_begun.set()
            yield 1
            time.sleep(0.01)


def test_a_question_ends_what_the_model_reads_ahead(service: WaitingService) -> None:
    service.chat_model = model = ReadingModel()
    reading = threading.Thread(target=service._rehearse, daemon=True)
    reading.start()
    assert model.has_begun.wait(5)
    service.go.set()
    assert reading.is_alive()
    list(service.events(Question("x")))
    reading.join(5)
    assert not reading.is_alive()


def test_what_was_said_before_a_stop_is_the_end_of_an_answer(service: WaitingService) -> None:
    service._settled.set()
    shown = answer(service, "How high is it?", [], "en", listener="gone")
    assert next(shown)[0][0].metadata["status"] == "pending"
    threading.Timer(0.3, service.hang_up, ["gone"]).start()
    threading.Timer(0.6, service.go.set).start()
    (messages, whole), *more = shown
    assert (more, whole, len(messages)) == ([], None, 1)
    assert messages[0].metadata["title"] == "Stopped"
    assert messages[0].metadata["status"] == "done"
