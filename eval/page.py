"""A report as one HTML page: no network, light and dark, and every text of outside escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape

from eval.charts import Chart, charts
from eval.measure_table import MEASURES
from eval.page_style import SCRIPT, STYLE
from eval.plots import interval_plot
from eval.question_list import browser
from eval.records import Results, signature_line
from eval.report import Group, Slice, broken_down, figure_shown


def page(groups: Sequence[Group]) -> str:
    """The whole page. Its policy lets nothing run or load but its own style and script."""
    policy = (
        f"default-src 'none'; style-src '{_hash(STYLE)}'; script-src '{_hash(SCRIPT)}';"
        " base-uri 'none'; form-action 'none'"
    )
    title = "Groundwire: " + ", ".join(group.title for group in groups)
    body = "".join("".join(_group(group, f"g{n}")) for n, group in enumerate(groups))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><header><h1>Evaluation</h1>{_contents(groups)}</header><main>{body}</main>"
        f"<script>{SCRIPT}</script></body></html>\n"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _contents(groups: Sequence[Group]) -> str:
    if len(groups) < 2:
        return ""
    links = "".join(
        f'<li><a href="#g{number}">{escape(group.title)}</a></li>'
        for number, group in enumerate(groups)
    )
    return f"<nav><ul>{links}</ul></nav>"


def _group(group: Group, anchor: str) -> Iterator[str]:
    yield f'<section id="{anchor}"><h2>{escape(group.title)}</h2>'
    yield f'<p class="runs">{_runs(group)}</p>'
    yield _tiles(group)
    yield _figures(group, headline=True)
    drawn = charts(group.runs)
    if drawn:
        yield f'<div class="charts">{"".join(map(_chart, drawn))}</div>'
    yield _breakdown(group)
    yield "<h3>Questions, worst first</h3>"
    yield browser(group)
    yield "<details><summary>All other figures</summary>"
    yield _figures(group, headline=False) + "</details>"
    yield _definitions(group) + _signatures(group) + "</section>"


def _runs(group: Group) -> str:
    """How many questions, and the runs in the colours that they have in the plots."""
    count = group.first.signature.get("questions", str(len(group.first.records)))
    names = "".join(
        f' <span class="run s{number}">{escape(name)}</span>'
        for number, name in enumerate(group.runs)
    )
    return f"{escape(count.partition(' (seed')[0])} questions{names}"


_TILES = ("right", "f1", "ndcg@10", "hallucination_rate", "error_rate", "evidence_precision")
_MORE_TILES = ("abstention_f1", "article_recall@5", "quote_recall@5", "latency_p50")


def _tiles(group: Group) -> str:
    """The most telling figures of the first run, large, with those of the others below."""
    there = [name for name in (*_TILES, *_MORE_TILES) if name in group.first.figures][:5]
    tiles = []
    for name in there:
        value, interval = figure_shown(group.first, name)
        others = "".join(
            f"<small>{escape(other)}: {figure_shown(run, name)[0]}</small>"
            for other, run in list(group.runs.items())[1:]
        )
        tiles.append(
            f'<div class="tile"><b>{value}</b><span>{escape(MEASURES[name].title)}</span>'
            f"<small>{interval}</small>{others}</div>"
        )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _figures(group: Group, *, headline: bool) -> str:
    names = group.measures(headline=headline)
    if not names:
        return ""
    head = "".join(f'<th class="n">{escape(name)}</th><th>95 %</th>' for name in group.runs)
    rows = []
    for name in names:
        cells = []
        for run in group.runs.values():
            value, interval = figure_shown(run, name)
            cells.append(f'<td class="n">{value}</td><td class="i">{interval}</td>')
        hint = escape(MEASURES[name].definition, quote=True)
        title = escape(MEASURES[name].title)
        drawn = ""
        if MEASURES[name].unit == "share":
            drawn = interval_plot([run.figures.get(name) for run in group.runs.values()])
        rows.append(
            f'<tr><th scope="row" title="{hint}">{title}</th>{"".join(cells)}'
            f'<td class="drawn">{drawn}</td></tr>'
        )
    axis = '<th class="drawn"><span class="scale"><i>0</i><i>1</i></span></th>'
    return _table(f"<tr><th>measure</th>{head}{axis}</tr>", [rows])


def _table(head: str, bodies: Sequence[Sequence[str]]) -> str:
    rows = "".join(f"<tbody>{''.join(body)}</tbody>" for body in bodies if body)
    return f'<div class="wide"><table><thead>{head}</thead>{rows}</table></div>'


def _chart(chart: Chart) -> str:
    legend = ""
    if len(chart.names) > 1:
        entries = "".join(
            f'<li class="s{number}">{escape(name)}</li>' for number, name in enumerate(chart.names)
        )
        legend = f'<ul class="legend">{entries}</ul>'
    return (
        f"<figure><h3>{escape(chart.title)}</h3>{chart.svg}{legend}"
        f"<figcaption>{escape(chart.caption)}</figcaption></figure>"
    )


def _breakdown(group: Group) -> str:
    measures, slices = broken_down(group)
    titles = [*(MEASURES[name].title for name in measures), "Abstained"]
    head = '<th>kind</th><th class="n">questions</th>' + "".join(
        f'<th class="n">{escape(title)}</th>' for title in titles * len(group.runs)
    )
    rows = f"<tr>{head}</tr>"
    if len(group.runs) > 1:
        names = "".join(
            f'<th class="over" colspan="{len(titles)}">{escape(name)}</th>' for name in group.runs
        )
        rows = f"<tr><th></th><th></th>{names}</tr>{rows}"
    types = {record.type for record in group.first.records}
    bodies = [[_slice(s) for s in slices if (s.name in types) is known] for known in (True, False)]
    return f"<h3>By kind of question</h3>{_table(rows, bodies)}"


def _slice(one: Slice) -> str:
    cells = "".join(
        f'<td class="n">{"–" if value is None else f"{value:.2f}"}</td>'
        for run in one.means
        for value in run
    )
    return f'<tr><th scope="row">{escape(one.name)}</th><td class="n">{one.count}</td>{cells}</tr>'


def _definitions(group: Group) -> str:
    names = [*group.measures(headline=True), *group.measures(headline=False)]
    entries = "".join(
        f"<dt>{escape(MEASURES[name].title)}</dt><dd>{escape(MEASURES[name].definition)}</dd>"
        for name in names
    )
    return f"<details><summary>What the measures mean</summary><dl>{entries}</dl></details>"


def _signatures(group: Group) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in group.first.notes)
    runs = "".join(_signature(name, run) for name, run in group.runs.items())
    return (
        "<details open><summary>What made these figures</summary>"
        f'<ul class="notes">{notes}</ul>{runs}</details>'
    )


def _signature(name: str, results: Results) -> str:
    failed = f" {results.failed} questions failed and count as wrong." if results.failed else ""
    return (
        f"<p><b>{escape(name)}</b>{failed}<br>"
        f"<code>{escape(signature_line(results.signature))}</code></p>"
    )
