"""Bars as SVG, on a scale of powers of ten, with a line at 1."""
import html
import math

WIDTH, LABEL, RIGHT, STEP, TOP = 900, 470, 70, 24, 56


def bars(title, values):
    """values: (label, number above zero). What is left of the line is green, what is right of it amber."""
    least = min([math.log10(v) for _, v in values] + [-0.5])
    most = max([math.log10(v) for _, v in values] + [0.5])
    scale = (WIDTH - LABEL - RIGHT) / (most - least)
    place = lambda v: LABEL + (math.log10(v) - least) * scale
    height = TOP + STEP * len(values) + 12
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
           f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
           f'<text x="16" y="26" font-size="16" fill="#222">{html.escape(title)}</text>']
    one = place(1)
    for i, (label, value) in enumerate(values):
        y, x = TOP + STEP * i, place(value)
        left, right = min(one, x), max(one, x)
        out.append(f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end" fill="#333">{html.escape(label)}</text>')
        out.append(f'<rect x="{left:.1f}" y="{y + 1}" width="{max(right - left, 1):.1f}" height="16" '
                   f'fill="{"#3c8d5a" if value <= 1 else "#d08a2e"}"/>')
        out.append(f'<text x="{right + 5:.1f}" y="{y + 13}" fill="#333">{value:.2f}</text>')
    out.append(f'<line x1="{one:.1f}" x2="{one:.1f}" y1="{TOP - 8}" y2="{height - 6}" stroke="#222"/>')
    return "\n".join(out + ["</svg>"]) + "\n"
