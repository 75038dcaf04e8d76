"""Turns that are no question about what the articles say: greetings, the catalog, a summary, the
evidence, another language. What Groundwire says of itself stands here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from ingest.article import Article, Span
from ingest.filter import Filter
from ingest.library import Library
from ingest.terms import content_words
from rag.answer import Answer, AnswerSentence, Citation
from rag.central import central_sentences
from rag.mentions import mentions
from rag.words import stems

Kind = Literal["greeting", "thanks", "overview", "listing", "summary", "evidence", "language"]

NOTICES: Mapping[str, str] = MappingProxyType(
    {
        "greeting": "Hello. Ask me about your articles; every answer quotes them.",
        "thanks": "You are welcome.",
        "empty": "The library holds no articles yet.",
        "filtered": "No article passes these filters.",
        "overview_one": "{library} holds one article{dates}. It begins like this:",
        "overview_some": "{library} holds {count} articles{dates}. The newest begin like this:",
        "overview_all": "{library} holds {count} articles{dates}. They begin like this:",
        "listing_one": "One article speaks of {topic}. It begins like this:",
        "listing_all": "{count} articles speak of {topic}. They begin like this:",
        "listing_some": "{count} articles speak of {topic}. The first {shown} begin like this:",
        "no_listing": "No article of the library speaks of {topic}.",
        "no_article": "Name the article to summarise, or ask about it first.",
        "no_evidence": "I have not quoted anything yet that could be asked about.",
        "language": "I read and answer English only. Ask in English; names may stay as they are.",
    }
)
"""Everything that is ever said without a citation, the abstention apart."""

_SPEECH = re.compile(
    r"\b(?:said|says|told|according to|announced|reported|wrote|claim(?:s|ed))\b", re.I
)
_MOST_LISTED = 6
_CANDIDATES = 400
_I = re.IGNORECASE
_END = r"\W*$"
_ARTICLES = r"(?:articles?|stories|news|documents?|reports?|sources?|texts?)"
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "greeting",
        re.compile(
            rf"^(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|hiya|howdy)"
            rf"(?: (?:there|groundwire|all|everyone))?{_END}",
            _I,
        ),
    ),
    (
        "thanks",
        re.compile(
            r"^(?:ok(?:ay)?|great|perfect|cool|nice|good)?[,.! ]*(?:many )?(?:thanks?"
            r"|thank you|cheers|thx)"
            rf"(?: (?:you|a lot|so much|very much|again|for .{{1,30}}))*{_END}"
            rf"|^(?:ok(?:ay)?|great|perfect|cool|got it|i see|bye|goodbye|good ?bye){_END}",
            _I,
        ),
    ),
    (
        "evidence",
        re.compile(
            rf"^(?:(?:and|but|so) )?(?:who (?:says?|said|reported|wrote) (?:that|this|so|it)"
            rf"|(?:where|which article|what article|what source) (?:is|was|does|did|do|are) "
            rf"(?:that|this|it|you)(?: (?:come|get|got|from|taken|reported|that|this|it))+"
            rf"|(?:which|what) (?:article|source) (?:is|was) (?:that|this|it)"
            rf"|(?:why|how) (?:do|did|can|would) you (?:say|think|believe|know"
            rf"|claim)(?: (?:so|that|this|it))?"
            rf"|where (?:can|could|do) (?:i|we) (?:read|find|see|check) (?:that|this|it)"
            rf"|how do you know|says who|according to (?:whom|who)|on what (?:grounds"
            rf"|evidence|basis)"
            rf"|(?:what(?:['’]s| is| are)|show me|give me) (?:the|your) (?:evidence|sources?|proof)"
            rf"(?: for (?:that|this|it))?|source){_END}",
            _I,
        ),
    ),
    (
        "summary",
        re.compile(
            rf"^(?:please |can you |could you )*(?:summari[sz]e|give (?:me )?(?:a "
            rf"|the )?summary of|sum up"
            rf"|what(?:['’]s| is) (?:in )?)\s*(?P<what>.*\b{_ARTICLES}\b.*?|this|that|it){_END}"
            rf"|^(?:please |can you |could you )*(?:tell me (?:some )?more|go on"
            rf"|(?:say|explain) more)(?: about (?:this|that|it))?(?: please)?{_END}"
            rf"|^(?:please |can you |could you )*explain (?:this|that|it)(?: to me| please)*{_END}",
            _I,
        ),
    ),
    (
        "listing",
        re.compile(
            rf"^(?:please |can you |could you )*(?:(?:which|what|how many|are there any"
            rf"|do you have(?: any| some)?"
            rf"|have you(?: got)?(?: any)?|list(?: me| all)?(?: the)?"
            rf"|show(?: me)?(?: all)?(?: the)?) )+"
            rf"{_ARTICLES}(?: (?:do|did|have|can) you(?: have| got| know)?| are there"
            rf"| you have| there are"
            rf"| is there)?(?: (?:here|in the library))?(?: (?:on|about|regarding|concerning"
            rf"|mention(?:ing)?)"
            rf" (?P<topic>.+?))?{_END}"
            rf"|^(?:is there |do you (?:have|know) |have you (?:got )?)?(?:anything|something)"
            rf" (?:on|about) (?P<any>.+?){_END}",
            _I,
        ),
    ),
    (
        "overview",
        re.compile(
            rf"^(?:what do you know(?: about)?|what (?:can|could|should"
            rf"|may) i ask(?: you)?(?: about)?"
            rf"|what(?:['’]s| is) in (?:the|this|your|my) library|what are (?:the|your"
            rf"|these) {_ARTICLES} about"
            rf"|what(?:['’]s| is) new|any news|what can you (?:do|tell me)|who are you|what are you"
            rf"|help){_END}",
            _I,
        ),
    ),
)
_ENGLISH = frozenset(
    """the is are was were of and in to who what when where why how did does do has have that
    this it
    on for with by an at from which not be or""".split()
)
_FOREIGN = frozenset(
    """qui que quoi est sont les des une dans pour avec où
    quand comment pourquoi combien quel
    quelle wer wann wo warum wie ist sind das und der die den mit hat haben welche wurde nicht
    ein eine
    quién qué cuándo dónde cómo cuántos cuál los las del una por para con fue está son en el la
    chi che quando dove perché come sono della delle nel gli di il wat wanneer waar hoe het een van
    zijn werd heeft quem onde quantos foi não uma os as do da em""".split()
)


class Aside(NamedTuple):
    """A turn that is no question about what the articles say; `about` what it is about, if it
    says."""

    kind: Kind
    about: str = ""


class Told(NamedTuple):
    """What an aside is answered from."""

    library: Library
    before: Answer | None
    where: Filter | None


def aside_of(question: str) -> Aside | None:
    """What kind of aside a turn is; None for a question about what the articles say."""
    for kind, form in _FORMS:
        if found := form.match(question):
            groups = found.groupdict()
            return Aside(kind, next(filter(None, groups.values()), "").strip())
    return Aside("language") if is_foreign(question) else None


def is_foreign(question: str) -> bool:
    """Whether a question is in a language that is not read, by its script or its little words."""
    letters = [c for c in question if c.isalpha()]
    if sum(c > "\u024f" for c in letters) > len(letters) / 2:
        return True
    words = re.findall(r"[^\W\d_]+", question.lower())
    foreign = sum(word in _FOREIGN for word in words)
    return foreign >= 2 and not any(word in _ENGLISH for word in words)


def answer_aside(
    question: str, aside: Aside, library: Library, before: Answer | None, where: Filter | None
) -> Answer:
    """The answer to an aside. Where it shows articles, it quotes and cites them."""
    sentences = _ANSWERS[aside.kind](aside, Told(library, before, where))
    return Answer(question, tuple(sentences), 1.0, engine={"aside": aside.kind})


def notice(name: str, **values: object) -> AnswerSentence:
    """One of `NOTICES` as a sentence."""
    return AnswerSentence(NOTICES[name].format(**values), "notice")


def _plain(aside: Aside, told: Told) -> list[AnswerSentence]:
    return [notice(aside.kind)]


def _overview(aside: Aside, told: Told) -> list[AnswerSentence]:
    entries = told.library.entries(told.where)
    if not entries:
        return [notice("filtered" if told.where else "empty")]
    days = sorted(entry.published[:10] for entry in entries if entry.published)
    dates = f", published from {days[0]} to {days[-1]}" if days else ""
    if len(set(days)) == 1:
        dates = f", published on {days[0]}"
    shown = [told.library.article(entry.id) for entry in entries[:_MOST_LISTED]]
    form = _form("overview", len(entries), len(shown))
    library = "With these filters the library" if told.where else "The library"
    told_first = notice(form, library=library, count=len(entries), dates=dates)
    return [told_first, *_openings(shown)]


def _listing(aside: Aside, told: Told) -> list[AnswerSentence]:
    """The articles that have every word of the topic, those that have them most first."""
    if not aside.about:
        return _overview(aside, told)
    topic = aside.about.rstrip("?. ")
    wanted = set(stems(topic))
    found = told.library.search_words(topic, _CANDIDATES, told.where)
    articles: dict[str, Article] = {}
    for _, article in told.library.passages([number for number, _ in found]):
        if article.id not in articles and wanted <= set(stems(f"{article.title} {article.text}")):
            articles[article.id] = article
    if not articles:
        return [notice("no_listing", topic=f"“{topic}”")]
    shown = list(articles.values())[:_MOST_LISTED]
    form = _form("listing", len(articles), len(shown))
    count = notice(form, count=len(articles), topic=f"“{topic}”", shown=len(shown))
    return [count, *_openings(shown)]


def _form(name: str, there: int, shown: int) -> str:
    """The notice for one article, for all that there are, or for some of them."""
    return f"{name}_{'one' if there == 1 else 'all' if shown == there else 'some'}"


def _summary(aside: Aside, told: Told) -> list[AnswerSentence]:
    article = _named_article(aside.about, told) or _article_before(told)
    if article is None:
        return [notice("no_article")]
    return _quotes((article, span) for span in central_sentences(article.text))


def _evidence(aside: Aside, told: Told) -> list[AnswerSentence]:
    """What the last answer rests on, once more: outlet, date and author stand with each source.
    Where its first quote has no speaker, the sentence after it that has one is quoted too."""
    if told.before is None or not told.before.citations:
        return [notice("no_evidence")]
    shown = [s for s in told.before.sentences if s.citations]
    speaker = _speaker_after(shown[0], len(told.before.citations) + 1)
    return [*shown, *(s for s in speaker if s.text not in {known.text for known in shown})]


def _speaker_after(sentence: AnswerSentence, number: int) -> list[AnswerSentence]:
    """The sentence after a quote, where it tells who says what and the quote does not."""
    from ingest.split import split_sentences

    cited = sentence.citations[0]
    article = cited.article
    after = next((s for s in split_sentences(article.text) if s.start >= cited.end), None)
    if after is None or _SPEECH.search(cited.quote) or not _SPEECH.search(after.of(article.text)):
        return []
    return _quotes([(article, after)], first=number)


_ANSWERS: Mapping[Kind, Callable[[Aside, Told], Sequence[AnswerSentence]]] = MappingProxyType(
    {
        "greeting": _plain,
        "thanks": _plain,
        "language": _plain,
        "overview": _overview,
        "listing": _listing,
        "summary": _summary,
        "evidence": _evidence,
    }
)


def _openings(articles: Iterable[Article]) -> list[AnswerSentence]:
    """Each article's first sentence, with its citation."""
    from ingest.split import split_sentences

    return _quotes((article, split_sentences(article.text)[0]) for article in articles)


def _quotes(places: Iterable[tuple[Article, Span]], first: int = 1) -> list[AnswerSentence]:
    sentences = []
    for number, (article, span) in enumerate(places, start=first):
        quote = span.of(article.text)
        citation = Citation(number, article, span.start, span.end, quote)
        sentences.append(AnswerSentence(quote, "quote", (citation,)))
    return sentences


def _named_article(about: str, told: Told) -> Article | None:
    """The article whose title has the words that the turn names it by."""
    named = set(stems(re.sub(rf"\b(?:{_ARTICLES}|this|that|it|the|first|about|on)\b", " ", about)))
    if not named or not content_words(about):
        return None
    for entry in told.library.entries(told.where):
        outlets = {stem for mention in mentions(entry.outlet or "") for stem in stems(mention.text)}
        if named <= set(stems(entry.title or "")) | outlets:
            return told.library.article(entry.id)
    return None


def _article_before(told: Told) -> Article | None:
    return told.before.citations[0].article if told.before and told.before.citations else None
