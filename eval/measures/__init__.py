"""The measures: small functions, each with its definition, range and source in its docstring.

None means that a measure does not exist for what it was given (no citation, no such question);
ValueError means that the input is malformed. Neither is ever a number.
"""

# Silence where there is no answer, and confidence that can be believed
from eval.measures.abstention import (
    BestSilence,
    Binning,
    CalibrationBin,
    RiskCoverage,
    abstention_f1,
    abstention_precision,
    abstention_recall,
    answerability_auc,
    best_silence,
    calibration_bins,
    error_rate,
    expected_calibration_error,
    hallucination_rate,
    risk_coverage_area,
    risk_coverage_curve,
)

# A free answer: what it contains, at what length, on which evidence
from eval.measures.answers import (
    ArticleSpan,
    Part,
    contains_answer,
    evidence_precision,
    evidence_recall,
    words,
)

# Citations: exact (the promise), and supporting (ALCE)
from eval.measures.citations import (
    Quoted,
    Statement,
    Support,
    citation_precision,
    citation_recall,
    citation_validity,
)

# A decision that is yes or no
from eval.measures.decisions import (
    balanced_accuracy,
    decision_precision,
    decision_recall,
    rejection_recall,
)

# Rankings of passages or articles
from eval.measures.retrieval import (
    Judged,
    Rankings,
    answer_recall_at_k,
    mrr_at_k,
    ndcg_at_k,
    recall_at_k,
)

# Time
from eval.measures.speed import latency_p50, latency_p95, latency_percentile

# A short answer against short golds (SQuAD 1.1 and 2.0)
from eval.measures.squad import (
    BestThreshold,
    SquadRecord,
    best_exact,
    best_f1,
    exact_match,
    f1,
    normalise,
)

__all__ = [
    "ArticleSpan",
    "BestSilence",
    "BestThreshold",
    "Binning",
    "CalibrationBin",
    "Judged",
    "Part",
    "Quoted",
    "Rankings",
    "RiskCoverage",
    "SquadRecord",
    "Statement",
    "Support",
    "abstention_f1",
    "abstention_precision",
    "abstention_recall",
    "answer_recall_at_k",
    "answerability_auc",
    "balanced_accuracy",
    "best_exact",
    "best_f1",
    "best_silence",
    "calibration_bins",
    "citation_precision",
    "citation_recall",
    "citation_validity",
    "contains_answer",
    "decision_precision",
    "decision_recall",
    "error_rate",
    "evidence_precision",
    "evidence_recall",
    "exact_match",
    "expected_calibration_error",
    "f1",
    "hallucination_rate",
    "latency_p50",
    "latency_p95",
    "latency_percentile",
    "mrr_at_k",
    "ndcg_at_k",
    "normalise",
    "recall_at_k",
    "rejection_recall",
    "risk_coverage_area",
    "risk_coverage_curve",
    "words",
]
