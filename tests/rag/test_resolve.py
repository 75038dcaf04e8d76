"""Follow-up questions: which lean on the conversation, and what they come to mean."""

from __future__ import annotations

import pytest

from rag.dependence import leans
from rag.resolve import background_of, understand
from rag.turns import Exchange

MINE = Exchange(
    "Who shelled the copper mine at Velm?",
    "The North Ridge Front said on Tuesday that it had shelled the copper mine at Velm.",
    "The North Ridge Front",
    ("mine",),
)
DESIGN = Exchange(
    "Who designed the Tarn bridge?", "The engineer Pavel Orlik designed the bridge.", "Pavel Orlik"
)


@pytest.mark.parametrize(
    ("question", "earlier", "expected"),
    [
        ("When did he retire?", DESIGN, "When did Pavel Orlik retire"),
        ("What does his company build?", DESIGN, "What does Pavel Orlik’s company build?"),
        ("How many people does the group say it killed?", MINE, "does North Ridge Front say"),
        ("How many were hurt there?", Exchange("What happened in Velm?", "A fire."), "in Velm"),
        ("What did they say?", MINE, "What did North Ridge Front say"),
        ("What is its capital?", Exchange("Which province is it?", "Kunar.", "Kunar"), "Kunar’s"),
    ],
)
def test_what_points_back_is_replaced(question: str, earlier: Exchange, expected: str) -> None:
    understood = understand(question, [earlier])
    assert understood.leans
    assert expected.removeprefix("the ") in understood.question.replace(
        "the North", "North"
    ).replace("The North", "North")


@pytest.mark.parametrize(
    ("question", "before", "expected"),
    [
        ("By which company?", "For what sum is the Heron Clock insured?",
         "By which company is the Heron Clock insured?"),
        ("And in Jalalabad?", "How many people died in Kabul?",
         "How many people died in Jalalabad?"),
        ("What about the company's?", "What is the union's count?", "What is the company's count?"),
        ("And Line 7?", "How often does Line 1 of the Calder Bay trams run?",
         "How often does Line 7 of the Calder Bay trams run?"),
        ("And according to the company?", "How many struck, according to the union?",
         "How many struck, according to the company?"),
        ("And the dam?", "What does Mayor Okafor say about the strike?",
         "What does Mayor Okafor say about the dam?"),
        ("And yesterday?", "Who spoke today (25 November 2026) in Kabul?",
         "Who spoke yesterday in Kabul?"),
        ("And according to Tolley?", "Who made the clock, according to Dr. Philippa Enright?",
         "Who made the clock, according to Tolley?"),
        ("and 9?", "When does Line 8 run again?", "When does Line 9 run again?"),
        ("And on the 20th?", "How much water came through the dam?",
         "How much water came through the dam on the 20th?"),
        ("What about line 8?", "When will tram lines 1 to 7 run again?",
         "When will tram line 8 run again?"),
        ("And in Kabul?", "How many people died in Velm (The North Ridge Front)?",
         "How many people died in Kabul?"),
    ],
)  # fmt: skip
def test_a_fragment_takes_its_place_in_the_question_before(
    question: str, before: str, expected: str
) -> None:
    assert understand(question, [Exchange(before, "Two.")]).question == expected


@pytest.mark.parametrize(
    ("bare", "before", "short", "expected"),
    [
        ("When was that?", "Who shelled the mine at Velm?", "The Ridge Front",
         "When was it that the Ridge Front shelled the mine at Velm?"),
        ("At what time?", "Who noticed first that the clock was gone?", "a cleaner",
         "At what time was it that a cleaner noticed first that the clock was gone?"),
        ("When?", "Which man did police arrest in Velm?", "A 43-year-old",
         "When did police arrest the man in Velm?"),
        ("When?", "Which man did police arrest in Velm?", "Rufus Ancrum",
         "When did police arrest Rufus Ancrum in Velm?"),
        ("When?", "Who does Dr Enright believe made the clock?", "Jonas Heddle",
         "When does Dr Enright believe Jonas Heddle made the clock?"),
        ("Where?", "Which leader did the army say it had killed?", "Ziya ul-Haq",
         "Where did the army say it had killed Ziya ul-Haq?"),
        ("Why?", "When was the outlet opened?", "3 a.m", "Why was the outlet opened?"),
        ("Since when?", "Who is leading the inquiry?", "Ines Calloway",
         "Since when is Ines Calloway leading the inquiry?"),
        ("When?", "Which scholar was found dead in Kabul?", "Abu Mutawakil",
         "When was Abu Mutawakil found dead in Kabul?"),
        ("Out of how many?", "How many drivers voted for a strike?", "311",
         "Out of how many was it that the drivers voted for a strike?"),
        ("Who?", "How many people died in Kabul?", "180", "Who died in Kabul?"),
        ("Why?", "Did the mayor apologise?", None, "Why did the mayor apologise?"),
        ("Why not?", "Do the police believe it?", None, "Why not do the police believe it?"),
        ("How many?", "Was anyone hurt?", "Nobody", "How many people was hurt?"),
        ("When?", "What happened to the clock?", None,
         "When was it that it happened to the clock?"),
    ],
)  # fmt: skip
def test_a_bare_question_asks_of_the_same_matter(
    bare: str, before: str, short: str | None, expected: str
) -> None:
    assert understand(bare, [Exchange(before, "", short)]).question == expected


def test_what_is_named_first_is_asked_about() -> None:
    offered = "And the company, what did it offer?"
    assert understand(offered, [MINE]).question == "What did the company offer?"
    found = "And the clock, did they find it in his workshop?"
    assert "find the clock in" in understand(found, [DESIGN]).question


def test_a_denial_is_of_what_was_said() -> None:
    assert understand("And who denied that?", [MINE]).question == (
        "Who denied that the North Ridge Front shelled the copper mine at Velm?"
    )
    counted = Exchange("How many people did the group say it killed (ISKP)?", "35.", "35")
    assert understand("Who disputes that?", [counted]).question == (
        "Who disputes that ISKP say it killed the people?"
    )


@pytest.mark.parametrize(
    ("question", "before", "expected"),
    [
        ("Who pays that?", "What's the reward for the Heron Clock?", "Who pays the reward?"),
        ("What did he say about that at the hearing?",
         "What did Marcus Thorne say on 13 March about warnings of the leak?",
         "What did Marcus Thorne say about warnings of the leak at the hearing?"),
        ("Who is accused of that?", "Who was killed in Kabul?", "Who is accused of that?"),
        ("Why did they do that?", "Who rang the bell?", "Why did they do that?"),
        ("What does its director call that?", "What did the company offer?",
         "What does the company’s director call that?"),
    ],
)  # fmt: skip
def test_a_that_is_the_matter_of_the_question_before(
    question: str, before: str, expected: str
) -> None:
    assert understand(question, [Exchange(before, "Nine.")]).question == expected


def test_which_of_them_chooses_between_a_name_and_the_one_in_its_place() -> None:
    earlier = [Exchange("How many died in Kabul?"), Exchange("How many died in Jalalabad (Kabul)?")]
    assert understand("Which of the two was worse?", earlier).question == (
        "Which of Kabul and Jalalabad was worse?"
    )
    assert "Kabul" not in understand("Which of them was worse?", earlier[1:]).question


def test_a_title_says_whom_a_she_cannot_mean() -> None:
    asked = Exchange("Who is Mr Ancrum's solicitor?", "Mr Ancrum is advised by Ada Moss.", None)
    assert understand("What does he say?", [asked]).question == "What does Mr Ancrum say?"
    assert understand("What does she say?", [asked]).question == "What does Ada Moss say?"


def test_a_man_is_no_it() -> None:
    held = Exchange(
        "Which carpenter was held over the Hale bell?", "Anders Volk was held.", "Anders Volk"
    )
    assert understand("How much does it weigh?", [held]).question == (
        "How much does the Hale bell weigh?"
    )


def test_what_was_done_to_a_thing_is_no_part_of_its_name() -> None:
    found = Exchange("Where was the Heron Clock found?", "In the hall.", "the hall")
    assert understand("What is the reward for it?", [found]).question == (
        "What is the reward for the Heron Clock?"
    )


def test_somebody_asked_about_herself_is_named_in_the_question() -> None:
    asked = "What did the company's director have to say for herself then?"
    assert "for herself" in understand(asked, [DESIGN]).question


def test_a_word_or_two_lean_most_on_what_was_said() -> None:
    earlier = [Exchange("How do credit card points count for taxes?")]
    (fragment,) = understand("small business", earlier).background.words
    (question,) = understand("How do I pay them?", earlier).background.words
    assert fragment[1] > question[1] > 0


def test_what_was_asked_for_is_an_it_and_what_was_counted_a_they() -> None:
    offered = Exchange("What new offer did the director bring?", "4.1 per cent.", "4.1 per cent")
    assert "accept the new offer" in understand("Did the union accept it?", [offered]).question
    counted = Exchange("How many bean plants were in the picture?", "Eleven.", "eleven")
    assert understand("And where are they?", [counted]).question == "Where are the bean plants?"


def test_an_old_topic_is_not_handed_on_past_a_new_one() -> None:
    earlier = Exchange("How many people came to Tarn (the Ridge Front)?", "Nine.", "nine")
    assert understand("How many were hurt?", [earlier]).standalone == "How many were hurt (Tarn)?"
    bare = Exchange("How many died (the Ridge Front)?", "Nine.", "nine")
    assert "(the Ridge Front)" in understand("How many were hurt?", [bare]).standalone


def test_somebody_without_a_name_is_meant_too() -> None:
    seen = Exchange("Who saw the empty plinth?", "A cleaner saw it.", "a cleaner")
    assert understand("What did she think?", [seen]).question == "What did the cleaner think?"


@pytest.mark.parametrize(
    ("question", "leaning"),
    [
        ("What does Crispin Dole think it would fetch?", True),
        ("And what did Mrs Halloran say about ringing him?", True),
        ("What did Pavel Orlik say about his bridge?", False),
    ],
)
def test_a_person_is_no_it_and_a_woman_no_him(question: str, leaning: bool) -> None:
    assert leans(question, [MINE]) is leaning


def test_what_its_own_question_explains_is_not_replaced() -> None:
    asked = "And from which fund did the union pay its striking members?"
    assert understand(asked, [MINE]).question.endswith("the union pay its striking members?")


def test_an_it_means_what_the_last_question_named_first() -> None:
    asked = Exchange("How much did the strike cost?", "Nine crowns.", "nine crowns")
    offered = Exchange(
        "What did the company offer?", "Two.", "two", typed="And the company, what did it offer?"
    )
    understood = understand("What does its director say?", [asked, offered])
    assert understood.question == "What does the company’s director say?"


def test_a_fragment_after_what_is_no_question_stays_as_it_is() -> None:
    assert understand("What about securities?", [Exchange("Shares abroad.")]).question == (
        "Securities?"
    )


def test_a_there_that_its_own_question_explains_stays() -> None:
    asked = "And at Kabul airport, how many were killed there?"
    assert "airport, how many were killed there" in understand(asked, [MINE]).question


def test_the_words_that_were_typed_are_told_apart() -> None:
    assert understand("When did he retire?", [DESIGN]).background.typed == "When did he retire?"
    assert understand("Who designed the Tarn bridge?", []).background.typed is None


@pytest.mark.parametrize(
    "question",
    [
        "Who insured the Heron Clock of Calder Bay?",
        "Which site in Kabul did ISKP say it had bombed in August 2021?",
        "What is the capital of Nangarhar province?",
        "Who is Lorna Pryce?",
        "How many members does the real Night Gardeners group say it has?",
        "Which scholar was found dead a week after he was arrested in Kabul?",
    ],
)
def test_a_new_topic_is_searched_for_as_it_was_typed(question: str) -> None:
    understood = understand(question, [MINE])
    assert understood.question == question
    assert not understood.leans
    assert not understood.background.words
    assert not understood.background.articles


def test_nothing_leans_on_nothing() -> None:
    assert not leans("And he?", [])
    assert understand("And he?", []).question == "And he?"


def test_what_was_said_long_ago_weighs_less() -> None:
    background = background_of([MINE, DESIGN])
    weights = dict(background.words)
    assert weights[DESIGN.question] > weights[MINE.question] > 0
    assert background.articles == ("mine",)


def test_an_it_after_an_it_means_the_same() -> None:
    agreed = Exchange("When was the agreement signed?", "At noon.", "noon")
    paid = Exchange(
        "How big is the bonus in the agreement?", "600.", "600", typed="How big is the bonus in it?"
    )
    assert "vote on the agreement" in understand("Who did vote on it?", [agreed, paid]).question


def test_the_topic_is_shown_and_not_read_for() -> None:
    understood = understand("How many people were hurt?", [MINE])
    assert understood.question == "How many people were hurt?"
    assert understood.standalone == "How many people were hurt (the North Ridge Front, Velm)?"


def test_the_search_weighs_in_the_words_that_were_typed() -> None:
    earlier = Exchange("Who shelled Velm (Kunar)?", "The Front.", typed="Who shelled it?")
    assert background_of([earlier]).words[0][0] == "Who shelled it?"
