"""The measures of reports by name: the table, and the figures that are no means."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.alce import citations_that_support
from eval.figures import Compute, Measure
from eval.measures import (
    BestSilence,
    abstention_f1,
    abstention_precision,
    abstention_recall,
    answerability_auc,
    balanced_accuracy,
    best_f1,
    best_silence,
    decision_precision,
    decision_recall,
    error_rate,
    expected_calibration_error,
    hallucination_rate,
    latency_p50,
    latency_p95,
    rejection_recall,
    risk_coverage_area,
)
from eval.measures.squad import BestThreshold, SquadRecord, best_exact, f1
from eval.records import Record
from eval.scoring import CUTOFFS, RANKING_CUTOFFS, short_answer

# Figures that are no means


def _silence(rate: Callable[[Sequence[bool], Sequence[bool]], float | None]) -> Compute:
    return lambda records: rate([r.abstained for r in records], [r.answerable for r in records])


def believed(records: Sequence[Record]) -> tuple[list[float], list[float]]:
    """Confidences, and whether the answer, said or held back, is right. A failure was sure of
    nothing and is wrong. Empty for a system without confidences."""
    if not any(r.reply and r.reply.confidence is not None for r in records):
        return [], []
    pairs = [
        (r.reply.confidence if r.reply else 0.0, r.scores.get("unsaid_right")) for r in records
    ]
    known = [(sure, right) for sure, right in pairs if sure is not None and right is not None]
    return [sure for sure, _ in known], [right for _, right in known]


def _risk_coverage_area(records: Sequence[Record]) -> float | None:
    confidences, right = believed(records)
    return risk_coverage_area(confidences, [1 - one for one in right])


def _calibration(records: Sequence[Record]) -> float | None:
    return expected_calibration_error(*believed(records))


def _answerability(records: Sequence[Record]) -> float | None:
    known = [
        (record.reply.confidence, record.answerable)
        for record in records
        if record.reply and record.reply.confidence is not None
    ]
    return answerability_auc([sure for sure, _ in known], [can for _, can in known])


def _sum_of_errors(records: Sequence[Record]) -> float | None:
    silent, can = [r.abstained for r in records], [r.answerable for r in records]
    answered, refused = hallucination_rate(silent, can), error_rate(silent, can)
    return None if answered is None or refused is None else answered + refused


def _best_errors(part: Callable[[BestSilence], float]) -> Compute:
    """A part of the two error rates at the best threshold. What failed was sure of nothing."""

    def compute(records: Sequence[Record]) -> float | None:
        if not any(r.reply and r.reply.confidence is not None for r in records):
            return None
        sure = [(r.reply.confidence or 0.0) if r.reply else 0.0 for r in records]
        found = best_silence(sure, [r.answerable for r in records])
        return None if found is None else part(found)

    return compute


def _best_by_kind(answerable: bool) -> Compute:
    """SQuAD's F1 of one kind of question, at the threshold that is best for the F1 of all."""

    def compute(records: Sequence[Record]) -> float | None:
        squad = [squad_record(record) for record in records]
        best = best_f1(squad)
        of_kind = [one for one, r in zip(squad, records, strict=True) if r.answerable is answerable]
        if best is None or not of_kind:
            return None
        least = -1.0 if best.threshold is None else best.threshold
        said = [one.prediction if one.no_answer <= least else "" for one in of_kind]
        scores = [f1(text, one.golds) for text, one in zip(said, of_kind, strict=True)]
        return sum(scores) / len(scores)

    return compute


def _latency(percentile: Callable[[Sequence[float]], float | None]) -> Compute:
    return lambda records: percentile(
        [r.asked.latency_s for r in records if r.asked.latency_s is not None]
    )


def _best(
    best: Callable[[Sequence[SquadRecord]], BestThreshold | None],
) -> Compute:
    """SQuAD's figure at the best threshold, over the answers said or held back."""

    def compute(records: Sequence[Record]) -> float | None:
        found = best([squad_record(record) for record in records])
        return found.score if found else None

    return compute


def squad_record(record: Record) -> SquadRecord:
    reply = record.reply
    sure = (reply.confidence or 0.0) if reply else 0.0
    said = reply.unsaid or reply if reply else None
    return SquadRecord(short_answer(said), record.gold.short, 1 - sure)


def _decision(rate: Callable[[Sequence[bool], Sequence[bool]], float | None]) -> Compute:
    """Of the decision for yes. A failure is a wrong decision."""

    def compute(records: Sequence[Record]) -> float | None:
        true = [r.gold.decision is True for r in records]
        decided = zip((r.asked.decision for r in records), true, strict=True)
        return rate([not right if said is None else said for said, right in decided], true)

    return compute


# The table


def _all_measures() -> list[Measure]:
    retrieved = [
        Measure(
            f"{what}_recall@{cutoff}",
            f"{what.capitalize()} recall@{cutoff}",
            f"share of the answer's parts whose gold {what} is among the {cutoff} best passages",
        )
        for what in ("article", "quote")
        for cutoff in CUTOFFS
    ]
    ranked = [
        Measure(f"{name}@{k}", f"{title}@{k}", text)
        for name, title, text in (
            ("ndcg", "nDCG", "discounted gain of the relevant documents, over the best possible"),
            ("recall", "Recall", "share of the relevant documents that are found"),
            ("mrr", "MRR", "1 / rank of the first relevant document"),
        )
        for k in RANKING_CUTOFFS
    ]
    return [
        Measure(
            "right",
            "Right",
            "answered with every part of the gold (derived: citing a gold quote), or rightly"
            " abstained",
        ),
        Measure("right_answerable", "Right, of the answerable", "right, where there is an answer"),
        Measure("words", "Words per answer", "words of an answer as displayed", None, "words"),
        Measure(
            "evidence_precision",
            "Evidence precision",
            "share of an answer's citations that overlap a gold quote (answerable and answered)",
        ),
        Measure(
            "first_evidence",
            "First citation is gold",
            "whether the first citation overlaps a gold quote (answerable and answered)",
        ),
        Measure(
            "evidence_recall",
            "Evidence recall",
            "share of the answer's parts for which a citation overlaps a gold quote that says them"
            " (answerable)",
        ),
        Measure(
            "citation_validity",
            "Citation validity",
            "share of citations whose characters are those of the article; the promise is 1.0",
        ),
        Measure(
            "abstention_precision",
            "Abstention precision",
            "of the questions left unanswered, the share that cannot be answered",
            compute=_silence(abstention_precision),
        ),
        Measure(
            "abstention_recall",
            "Abstention recall",
            "of the questions that cannot be answered, the share left unanswered",
            compute=_silence(abstention_recall),
        ),
        Measure(
            "abstention_f1",
            "Abstention F1",
            "harmonic mean of the two",
            compute=_silence(abstention_f1),
        ),
        Measure(
            "hallucination_rate",
            "Hallucination rate",
            "answered though no passage is relevant (NoMIRACL)",
            False,
            compute=_silence(hallucination_rate),
        ),
        Measure(
            "error_rate",
            "Refusal rate",
            "left unanswered though a passage is relevant (NoMIRACL's error rate)",
            False,
            compute=_silence(error_rate),
        ),
        Measure(
            "error_sum",
            "Sum of both rates",
            "hallucination rate and refusal rate together; silence always, or never, gives 1",
            False,
            compute=_sum_of_errors,
        ),
        Measure(
            "best_error_sum",
            "Best sum of both rates",
            "at the best threshold of confidence, which nobody knows beforehand",
            False,
            compute=_best_errors(lambda best: best.total),
        ),
        Measure(
            "best_hallucination_rate",
            "Hallucination rate there",
            "at that threshold",
            False,
            compute=_best_errors(lambda best: best.hallucination_rate),
        ),
        Measure(
            "best_error_rate",
            "Refusal rate there",
            "at that threshold",
            False,
            compute=_best_errors(lambda best: best.error_rate),
        ),
        Measure(
            "wrong_given",
            "Wrong answer given",
            "the answer names what the false passages say, and not the truth (RGB)",
            False,
        ),
        Measure(
            "contradiction_shown",
            "Contradiction shown",
            "the answer names both what the false passages say and the truth (RGB, where both are"
            " among the passages)",
        ),
        Measure(
            "answerability_auc",
            "Answerability AUC",
            "how often an answerable question is given more confidence than one that is not",
            compute=_answerability,
        ),
        Measure(
            "aurc",
            "Area under risk-coverage",
            "mean risk of answering the most confident questions first (AURC; answers said or held"
            " back)",
            False,
            compute=_risk_coverage_area,
        ),
        Measure(
            "ece",
            "Calibration error",
            "gap between confidence and being right, ten bins of equal mass (ECE; answers said or"
            " held back)",
            False,
            compute=_calibration,
        ),
        Measure("exact", "Exact match", "SQuAD's exact match of the short answer"),
        Measure("f1", "F1", "SQuAD's F1 of the short answer"),
        Measure("has_answer_exact", "HasAns exact match", "where the paragraph answers"),
        Measure("has_answer_f1", "HasAns F1", "where the paragraph answers"),
        Measure("no_answer_exact", "NoAns", "share left unanswered where it does not answer"),
        Measure(
            "best_exact",
            "Best exact match",
            "exact match at the best threshold of confidence",
            compute=_best(best_exact),
            resampled=False,
        ),
        Measure(
            "best_f1",
            "Best F1",
            "F1 at the best threshold of confidence",
            compute=_best(best_f1),
            resampled=False,
        ),
        Measure(
            "best_has_answer_f1",
            "HasAns F1 there",
            "at the threshold of the best F1",
            compute=_best_by_kind(True),
            resampled=False,
        ),
        Measure(
            "best_no_answer",
            "NoAns there",
            "at the threshold of the best F1",
            compute=_best_by_kind(False),
            resampled=False,
        ),
        Measure(
            "read_first_article",
            "Article recall@1, reread",
            "share of the answer's parts whose gold article is that of the passage which the reader"
            " puts first",
        ),
        Measure(
            "alce_recall",
            "Citation recall (ALCE)",
            "share of statements whose words stand in their citations; verbatim answers have 1 by"
            " construction",
            compute=lambda records: citations_that_support(records)[0],
            resampled=False,
        ),
        Measure(
            "alce_precision",
            "Citation precision (ALCE)",
            "share of citations of use by the same rule; verbatim answers have 1 by construction",
            compute=lambda records: citations_that_support(records)[1],
            resampled=False,
        ),
        Measure(
            "decision_precision",
            "Precision",
            "of the cases decided with yes, the share where yes is right",
            compute=_decision(decision_precision),
        ),
        Measure(
            "decision_recall",
            "Recall",
            "of the cases where yes is right, the share decided so",
            compute=_decision(decision_recall),
        ),
        Measure(
            "supported_kept",
            "Supported kept",
            "of the statements that the evidence supports, the share found to be so",
            compute=_decision(decision_recall),
        ),
        Measure(
            "unsupported_caught",
            "Unsupported caught",
            "of the statements that the evidence does not support, the share found to be so",
            compute=_decision(rejection_recall),
        ),
        Measure(
            "balanced_accuracy",
            "Balanced accuracy",
            "the mean of the two; always deciding the same gives 0.5",
            compute=_decision(balanced_accuracy),
        ),
        Measure("decided_right", "Decided rightly", "share of the cases decided rightly"),
        *retrieved,
        *ranked,
        Measure("tokens", "Tokens per answer", "o200k_base tokens of the text", None, "tokens"),
        Measure(
            "latency_p50",
            "Latency p50",
            "median time of an answer",
            False,
            "seconds",
            _latency(latency_p50),
            tested=False,
        ),
        Measure(
            "latency_p95",
            "Latency p95",
            "time that one answer in twenty exceeds",
            False,
            "seconds",
            _latency(latency_p95),
            tested=False,
        ),
        Measure("failed", "Failed", "questions that ended in an error; scored as wrong", False),
    ]


MEASURES: dict[str, Measure] = {measure.name: measure for measure in _all_measures()}
