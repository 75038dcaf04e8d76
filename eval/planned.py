"""What the table of the public figures shows: which runs, asked how, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from eval.derived import Derived, gap_closed, mean_of, share_kept
from eval.questions import WRITTEN_CHAINS
from rag.retrieve import Search

Reading = Literal["default", "alone", "none"]
"""The default reader; the bundled one without what retrieval and wording add, as a model is
measured; or the reader without weights."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A run of the table: a benchmark, its files in the folder of data, and how it is asked.

    `drawn` is how many questions are asked where asking all would take too long. A run that is
    `timed` asks one question at a time, on all processors: nothing else should run meanwhile.
    """

    name: str
    title: str
    benchmark: str
    data: str | None = None
    split: str | None = None
    search: Search = "hybrid"
    reading: Reading = "default"
    drawn: int | None = None
    timed: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is computed from the runs of these names, for these measures or (None) for all
    of its section."""

    title: str
    runs: tuple[str, ...]
    figure: Derived
    measures: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the table: runs side by side, then what is computed from runs of any section; a
    line for each measure."""

    title: str
    note: str
    measures: tuple[str, ...]
    runs: tuple[Planned, ...] = ()
    columns: tuple[Column, ...] = ()


_SILENCE = (
    "hallucination_rate",
    "error_rate",
    "error_sum",
    "best_error_sum",
    "best_hallucination_rate",
    "best_error_rate",
    "answerability_auc",
)
_RANKED = ("ndcg@10", "recall@10", "recall@100", "mrr@10")
_TURNS = ("recall@5", "ndcg@5", "recall@10", "ndcg@10")
_KEPT = ("right", "right_answerable", "evidence_recall")
_SEARCHES: tuple[Search, ...] = ("hybrid", "lexical", "dense")
_SQUAD_1, _SQUAD_2 = "squad-dev/squad_dev_v1.1.jsonl.gz", "squad-dev/squad_dev_v2.0.jsonl.gz"
_DOMAINS = ("clapnq", "cloud", "fiqa")
_FORMS = {
    "lastturn": "last turn alone",
    "history": "all turns as one question",
    "conversation": "in conversation",
    "rewrite": "human rewrite",
}
_SQUAD_DRAWN = 1_000
_TIMED_DRAWN = 100


def _searched(name: str, benchmark: str, data: str) -> tuple[Planned, ...]:
    return tuple(
        Planned(f"{name}-{search}", search, benchmark, data, search=search) for search in _SEARCHES
    )


def _mtrag(domain: str) -> Section:
    return Section(
        f"MT-RAG, {domain}",
        "Hybrid search for the turns of conversations: the half that nothing was tuned on.",
        _TURNS,
        tuple(
            Planned(f"mtrag-{domain}-{form}", title, f"mtrag-{form}", f"mtrag/{domain}", "test")
            for form, title in _FORMS.items()
        ),
    )


def _of_domains(*forms: str) -> tuple[str, ...]:
    return tuple(f"mtrag-{domain}-{form}" for domain in _DOMAINS for form in forms)


SECTIONS: tuple[Section, ...] = (
    Section(
        "Local questions",
        "Over the sample articles. Weights and thresholds were fitted on dev and on held-out"
        " training questions.",
        (
            "right",
            "right_answerable",
            "words",
            "evidence_precision",
            "evidence_recall",
            "abstention_precision",
            "abstention_recall",
            "abstention_f1",
            "answerability_auc",
            "aurc",
            "ece",
            "article_recall@5",
            "quote_recall@5",
            "citation_validity",
        ),
        (
            Planned("local-dev", "dev", "local", split="dev"),
            Planned("local-test", "test", "local", split="test"),
            Planned(
                "local-none-test",
                "test, a reader without weights",
                "local",
                split="test",
                reading="none",
            ),
        ),
    ),
    Section(
        "Follow-up questions, answered",
        "Second and third turns of chains over the sample articles: after the questions before"
        " them, as the assistant answered those, and in their stand-alone form. The written chains"
        " (`eval/questions/chains.jsonl`) are 41 more that were never looked at.",
        (
            "right",
            "right_answerable",
            "evidence_precision",
            "evidence_recall",
            "abstention_f1",
            "words",
        ),
        (
            Planned("chains", "test, in conversation", "chains", split="test"),
            Planned("chains-standalone", "test, stand-alone", "chains-standalone", split="test"),
            Planned("written", "written, in conversation", "chains", str(WRITTEN_CHAINS)),
            Planned(
                "written-standalone",
                "written, stand-alone",
                "chains-standalone",
                str(WRITTEN_CHAINS),
            ),
        ),
        (
            Column("test: share kept", ("chains", "chains-standalone"), share_kept, _KEPT),
            Column("written: share kept", ("written", "written-standalone"), share_kept, _KEPT),
        ),
    ),
    Section(
        "Whether a question leans on its conversation",
        "Decided by rules. A turn of MT-RAG leans if its human rewrite has words that it lacks.",
        ("decision_precision", "decision_recall", "decided_right", "latency_p50", "latency_p95"),
        (
            Planned("leaning-chains", "local chains, test", "leaning", split="test"),
            Planned("leaning-written", "written chains", "leaning", str(WRITTEN_CHAINS)),
            *(
                Planned(
                    f"leaning-{domain}", f"MT-RAG {domain}", "leaning", f"mtrag/{domain}", "test"
                )
                for domain in _DOMAINS
            ),
        ),
    ),
    Section(
        "Whether evidence supports a statement",
        "The support check on the written pairs that it was not made from, by kind in a report, and"
        " on what was kept of public sets. QNLI's statements are questions.",
        (
            "unsupported_caught",
            "supported_kept",
            "balanced_accuracy",
            "decision_precision",
        ),
        (
            Planned("support", "written, test", "support", split="test"),
            Planned(
                "support-fever",
                "FEVER-Symmetric",
                "support",
                "support/fever_symmetric_test.jsonl.gz",
            ),
            Planned("support-wice", "WiCE", "support", "support/wice_claim_test.jsonl.gz"),
            Planned(
                "support-summedits",
                "SummEdits",
                "support",
                "support/summedits_without_news.jsonl.gz",
            ),
            Planned("support-snli", "SNLI", "support", "support/snli_test.jsonl.gz"),
            Planned("support-qnli", "QNLI", "support", "support/qnli_dev.jsonl.gz"),
        ),
    ),
    Section(
        "MT-RAG, the mean of three domains",
        "The half of the conversations that nothing was tuned on; each domain weighs the same. The"
        " gap is that between the last turn alone and the human rewrite.",
        _TURNS,
        columns=(
            *(Column(title, _of_domains(form), mean_of) for form, title in _FORMS.items()),
            Column(
                "of the gap, closed", _of_domains("lastturn", "conversation", "rewrite"), gap_closed
            ),
        ),
    ),
    *map(_mtrag, _DOMAINS),
    Section(
        "SQuAD, the reader on the given paragraph",
        "The reader alone, at its shipped threshold (which suits questions put to many passages)"
        " and at the best one.",
        (
            "exact",
            "f1",
            "has_answer_exact",
            "has_answer_f1",
            "no_answer_exact",
            "best_exact",
            "best_f1",
            "best_has_answer_f1",
            "best_no_answer",
            "answerability_auc",
        ),
        (
            Planned("squad-reader-1.1", "SQuAD 1.1", "squad-reader", _SQUAD_1, reading="alone"),
            Planned("squad-reader-2.0", "SQuAD 2.0", "squad-reader", _SQUAD_2, reading="alone"),
        ),
    ),
    Section(
        "SQuAD, all 2,067 paragraphs being the library",
        "The default assistant. Article recall is of the paragraph that a question was written for:"
        " @1 as retrieval ranks, and as the reader ranks the ten best. `--all` asks all questions.",
        (
            "exact",
            "f1",
            "best_exact",
            "best_f1",
            "right",
            "words",
            "article_recall@1",
            "read_first_article",
            "article_recall@5",
            "evidence_precision",
        ),
        (Planned("squad-open", "SQuAD 1.1", "squad-open", _SQUAD_1, drawn=_SQUAD_DRAWN),),
    ),
    Section(
        "SQuAD, the paragraph looked for",
        "",
        ("recall@1", "recall@5", "recall@20", "mrr@10"),
        _searched("squad-search", "squad-search", _SQUAD_1),
    ),
    Section("SciFact", "", _RANKED, _searched("scifact", "beir", "scifact")),
    Section(
        "NoMIRACL, development part",
        "All passages of all questions are the library; each question is asked of its own ten.",
        _SILENCE,
        (
            Planned(
                "nomiracl-reader", "the reader alone", "nomiracl", "nomiracl-dev", reading="alone"
            ),
            Planned("nomiracl", "the assistant", "nomiracl", "nomiracl-dev"),
        ),
    ),
    Section(
        "CLAP NQ, development part",
        "One passage a question, filtered from the library of all. The hallucination rate is of"
        " answering what it does not answer, the refusal rate of silence where it does.",
        (*_SILENCE, "evidence_precision", "evidence_recall", "first_evidence", "words"),
        (
            Planned("clapnq-reader", "the reader alone", "clapnq", "clapnq-dev", reading="alone"),
            Planned("clapnq", "the assistant", "clapnq", "clapnq-dev"),
        ),
    ),
    Section(
        "Time of an answer",
        "One question at a time on all processors, with nothing else at work; the library is open"
        " and the reader loaded.",
        ("latency_p50", "latency_p95"),
        (
            Planned("timed-local", "sample articles", "local", drawn=_TIMED_DRAWN, timed=True),
            Planned(
                "timed-squad-open",
                "SQuAD's 2,067 paragraphs",
                "squad-open",
                _SQUAD_1,
                drawn=_TIMED_DRAWN,
                timed=True,
            ),
        ),
    ),
)
