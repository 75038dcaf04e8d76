"""A change of topic: the same question, alone and in the middle of another conversation."""

from __future__ import annotations

import json
from pathlib import Path

from eval.questions import load_questions
from eval.switches import chain_switches, compare_answers, mtrag_switches
from eval.system import AssistantSystem


def test_every_question_of_a_chain_comes_after_another_story() -> None:
    benchmark, switches = chain_switches("eval/questions/chains-dev.jsonl", "dev")
    asked = {q.question: q for q in load_questions(Path("eval/questions/chains-dev.jsonl"))}
    assert len(switches) == len(benchmark.items)
    for item, before in switches:
        assert len(before) == 3
        assert not {f"story: {asked[q].story}" for q in before} & set(item.tags)


def test_first_turns_come_after_another_conversation(tmp_path: Path) -> None:
    turns = {"0": ["Is there a pier?", "How old is it?"], "2": ["Who built the Tarn bridge?"]}
    lines = [
        json.dumps({"_id": f"{c}<::>{n}", "text": "\n".join(f"|user|: {t}" for t in told[:n])})
        for c, told in turns.items()
        for n in range(1, len(told) + 1)
    ]
    (tmp_path / "queries_questions.jsonl").write_text("\n".join(lines))
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d1", "text": "The pier is old."}\n')
    judged = "".join(f"{json.loads(line)['_id']}\td1\t1\n" for line in lines)
    (tmp_path / "qrels.tsv").write_text("q\td\ts\n" + judged)
    _, switches = mtrag_switches(tmp_path, "dev")
    assert [(item.question, before) for item, before in switches] == [
        ("Is there a pier?", ("Who built the Tarn bridge?",)),
        ("Who built the Tarn bridge?", ("Is there a pier?", "How old is it?")),
    ]


def test_what_leans_on_nothing_is_answered_and_found_alike(library_folder: Path) -> None:
    benchmark, switches = chain_switches("eval/questions/chains-dev.jsonl", "dev")
    item = switches[0].item
    system = AssistantSystem.open(library_folder)
    try:
        named = switches[0]._replace(before=("Who shelled the copper mine at Velm?",))
        assert compare_answers(system, benchmark, named).same
        assert system.search(item.question, 5) == system.search_after(
            named.before, item.question, 5
        )
    finally:
        system.close()
