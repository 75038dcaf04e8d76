"""MT-RAG with the history of a conversation: the turns of the user up to the one that is asked."""

from __future__ import annotations

import json
from pathlib import Path

from eval.benchmarks import load_benchmark


def test_history_has_the_turns_before_it_and_its_own_name(tmp_path: Path) -> None:
    files = {
        "corpus.jsonl": [{"_id": "d1", "text": "The pier is old."}],
        "queries_questions.jsonl": [
            {"_id": "a<::>1", "text": "|user|: Is there a pier?"},
            {"_id": "a<::>2", "text": "|user|: Is there a pier?\n|user|: How old is it?"},
        ],
        "queries_lastturn.jsonl": [{"_id": "a<::>2", "text": "|user|: How old is it?"}],
    }
    for name, entries in files.items():
        (tmp_path / name).write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    (tmp_path / "qrels.tsv").write_text("q\td\ts\na<::>1\td1\t1\na<::>2\td1\t1\n")
    history = load_benchmark("mtrag-history", tmp_path)
    assert [(i.question.split("\n"), i.type, i.tags) for i in history.items] == [
        (["Is there a pier?"], "turn 1", ("first turn",)),
        (["Is there a pier?", "How old is it?"], "turn 2", ("follow-up",)),
    ]
    assert {item.cluster for item in history.items} == {"a"}
    last = load_benchmark("mtrag-lastturn", tmp_path)
    assert last.items[0].question == "How old is it?"
    assert last.library_name == history.library_name
    assert (history.name, last.name) == (
        f"mtrag-{tmp_path.name}-history",
        f"mtrag-{tmp_path.name}-lastturn",
    )
