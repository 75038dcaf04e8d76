"""A conversation: every way of asking keeps the turn."""

from __future__ import annotations

from rag import AnswerEvent, Assistant, SentenceEvent

CLAIMED = "Who shelled the copper mine at Velm?"


async def test_every_way_of_asking_keeps_one_turn(assistant: Assistant) -> None:
    conversation = assistant.conversation()
    answer = conversation.ask(CLAIMED)
    streamed = list(conversation.stream(CLAIMED))
    other = await conversation.aask(CLAIMED)
    events = [event async for event in conversation.astream(CLAIMED)]
    assert len(conversation.turns) == 4
    for sequence in (streamed, events):
        *sentences, last = sequence
        assert isinstance(last, AnswerEvent)
        assert last.answer.sentences == answer.sentences == other.sentences
        assert sentences == [SentenceEvent(sentence) for sentence in answer.sentences]
    assert [turn.answer.sentences for turn in conversation.turns] == [answer.sentences] * 4
