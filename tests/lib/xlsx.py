"""XLSX for tests, with no library: rows to a file, a file to rows, and files that nobody should send.

    write(path, rows, ...)   a cell is text, a number, or Cell(...); None is an empty one
    read(path)               [[text, ...], ...] of the first sheet, with what its XML says in `Sheet`
"""
import dataclasses
import re
import xml.etree.ElementTree as tree
import zipfile
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclasses.dataclass
class Cell:
    """A cell as XML has it: kind is n, s (shared), inline, str, b or e; style 1 is a date, 2 a date of the file's own format."""
    value: object
    kind: str = "n"
    style: int = 0


def column(index):
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_xml(name, cell, shared):
    if not isinstance(cell, Cell):
        cell = Cell(cell, "n" if isinstance(cell, (int, float)) else "s")
    style = f' s="{cell.style}"' if cell.style else ""
    if cell.kind == "s":
        index = shared.setdefault(cell.value, len(shared))
        return f'<c r="{name}"{style} t="s"><v>{index}</v></c>'
    if cell.kind == "inline":
        return f'<c r="{name}"{style} t="inlineStr"><is><t>{escape(cell.value)}</t></is></c>'
    kind = "" if cell.kind == "n" else f' t="{cell.kind}"'
    return f'<c r="{name}"{style}{kind}><v>{escape(str(cell.value))}</v></c>'


def sheet_xml(rows, shared, merges):
    lines = []
    for number, row in enumerate(rows, 1):
        cells = "".join(cell_xml(f"{column(i)}{number}", cell, shared) for i, cell in enumerate(row) if cell is not None)
        lines.append(f'<row r="{number}">{cells}</row>')
    merged = "".join(f'<mergeCell ref="{at}"/>' for at in merges)
    merged = f"<mergeCells>{merged}</mergeCells>" if merged else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData>{merged}</worksheet>'


STYLES = (f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/>'
          '<numFmt numFmtId="171" formatCode="[Red]0.00_d"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
          '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="170"/><xf numFmtId="171"/></cellXfs></styleSheet>')


def parts(rows, merges=(), from_1904=False, hidden_first=False):
    """{name of a part: its text}, to be changed and packed."""
    shared = {}
    sheet = sheet_xml(rows, shared, merges)
    texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in shared)
    hidden = '<sheet name="h" sheetId="2" state="hidden" r:id="rId9"/>' if hidden_first else ""
    relations = [("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "/xl/styles.xml"),
                 ("rId3", "sharedStrings", "sharedStrings.xml")]
    return {
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r" Type="{REL}/officeDocument" '
                       'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{REL}"><workbookPr date1904="{int(from_1904)}"/><sheets>{hidden}'
                           '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}">' + "".join(
            f'<Relationship Id="{i}" Type="{REL}/{kind}" Target="{target}"/>' for i, kind, target in relations) + "</Relationships>",
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        "xl/worksheets/sheet1.xml": sheet,
    }


def pack(path, named):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in named.items():
            out.writestr(zipfile.ZipInfo(name, (2026, 11, 23, 0, 0, 0)), text, zipfile.ZIP_DEFLATED)


def write(path, rows, **how):
    pack(path, parts(rows, **how))


class Sheet:
    """The first sheet of a file, as its XML says."""

    def __init__(self, path):
        with zipfile.ZipFile(path) as package:
            self.xml = package.read("xl/worksheets/sheet1.xml").decode()
            shared = package.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in package.namelist() else "<sst/>"
        texts = ["".join(t.text or "" for t in item.iter(f"{{{MAIN}}}t")) for item in tree.fromstring(shared)]
        self.rows, self.kinds = [], set()
        for row in tree.fromstring(self.xml).iter(f"{{{MAIN}}}row"):
            cells = []
            for cell in row:
                letters = re.match("[A-Z]+", cell.get("r")).group()
                at = 0
                for letter in letters:
                    at = at * 26 + ord(letter) - 64
                value, kind = cell.find(f"{{{MAIN}}}v"), cell.get("t", "n")
                text = "".join(t.text or "" for t in cell.iter(f"{{{MAIN}}}t")) if kind == "inlineStr" else \
                    "" if value is None else texts[int(value.text)] if kind == "s" else value.text
                if text:
                    self.kinds.add(kind)
                cells += [""] * (at - len(cells))
                cells[at - 1] = text
            self.rows.append(cells)


def read(path):
    return Sheet(path).rows
