"""Figures as lines: floor and ours with median, least and most, their ratio, the goal, and whether it is met."""
import dataclasses

import rows


@dataclasses.dataclass(frozen=True)
class Line:
    row: rows.Row
    figure: rows.Figure
    floor: tuple  # median, least, most; or None
    ours: tuple
    ratio: float  # ours / floor, of the medians; None without a floor
    missed: float  # by what factor the goal is missed; 1 or less: met; None: there is no goal


def missed_by(figure, ours, ratio):
    if not figure.goal or ours is None:
        return None
    kind, wanted = figure.goal
    value = ratio if kind in (rows.RATIO_MOST, rows.RATIO_LEAST) else ours[0]
    if value is None:
        return None
    return wanted / value if kind in (rows.AT_LEAST, rows.RATIO_LEAST) else value / wanted


def lines_of(figures):
    lines = []
    for row in rows.ROWS:
        measured = figures["rows"].get(row.name)
        if measured is None:
            continue
        for figure in row.figures:
            floor, ours = (rows.summary([run[figure.name] for run in measured.get(side, ()) if figure.name in run])
                           for side in ("floor", "ours"))
            ratio = ours[0] / floor[0] if floor and ours and floor[0] else None
            lines.append(Line(row, figure, floor, ours, ratio, missed_by(figure, ours, ratio)))
    return lines


def amount(value, unit):
    """Three digits that count, in the unit that suits."""
    if unit == "s":
        for factor, name in ((1, "s"), (1e3, "ms"), (1e6, "µs")):
            if value * factor >= 1 or name == "µs":
                return f"{digits(value * factor)} {name}"
    if unit in ("B", "B/s"):
        for factor, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "KB")):
            if value >= factor:
                return f"{digits(value / factor)} {name}{unit[1:]}"
        return f"{value:.0f} {unit}"
    return f"{value:,.0f}{unit}" if value >= 100 else digits(value) + unit


def digits(value):
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def span(measured, unit):
    if measured is None:
        return ""
    middle, least, most = (amount(value, unit) for value in measured)
    return middle if least == most else f"{middle} ({least} – {most})"


def goal_text(figure):
    if not figure.goal:
        return ""
    kind, wanted = figure.goal
    if kind in (rows.RATIO_MOST, rows.RATIO_LEAST):
        return f"{'≤' if kind == rows.RATIO_MOST else '≥'} {digits(wanted)} × floor"
    return f"{'≤' if kind == rows.AT_MOST else '≥'} {amount(wanted, figure.unit)}"


def verdict(line):
    if line.missed is None:
        return ""
    return "met" if line.missed <= 1 else f"missed by {line.missed:.2f} x"


def cells(line):
    ratio = "" if line.ratio is None else f"{line.ratio:.2f}"
    return [span(line.floor, line.figure.unit), span(line.ours, line.figure.unit), ratio, goal_text(line.figure),
            verdict(line)]


def text(figures, lines):
    head = ["", "floor", "ours", "ratio", "goal", ""]
    body, titles = [], {}
    for line in lines:
        titles.setdefault(line.row.name, len(body))
        body.append([line.figure.what] + cells(line))
    for peer in figures.get("peers", ()):
        titles.setdefault("peers", len(body))
        body.append([f"{peer['row']} {peer['peer']}: {peer['what']}", "", span(peer["measured"], peer["unit"]), "", "", ""])
    widths = [max(len(row[i]) for row in [head] + body) for i in range(len(head))]
    names = {row.name: f"{row.name}: {row.what}" for row in rows.ROWS} | {"peers": "other libraries, in clear and unsigned"}
    out = [f"{figures['machine']['processor']}, {figures['machine']['cores']} cores; "
           f"{figures['runs']} runs: median (least – most)", "  ".join(c.ljust(w) for c, w in zip(head, widths)).rstrip()]
    at = {index: names[name] for name, index in titles.items()}
    for index, row in enumerate(body):
        if index in at:
            out.append(at[index])
        out.append("  ".join(c.ljust(w) for c, w in zip(row, widths)).rstrip())
    return "\n".join(out)
