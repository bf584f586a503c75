"""Make the sample files of this folder with real tools, and list their probes in probes.json.

Run by hand, on Debian: apt-get install libreoffice-writer libreoffice-calc libreoffice-impress
pandoc chromium fonts-wqy-microhei; then `python tests/ingest/files/make.py`. Each file holds a
sentence that no other has, its probe; in formats with pages it stands on the second one.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PLACES = {
    "en": [
        a + b
        for b in ("by", "holm", "mere", "wick")
        for a in ("Arden", "Birk", "Cal", "Dun", "Esker", "Garro")
    ],
    "zh": [
        a + b
        for b in ("镇", "湾", "渡", "岭")
        for a in ("青岩", "白桦", "长汀", "枫林", "兰亭", "柳叶")
    ],
}
BEFORE = {
    "en": (
        "Harbour lights",
        "The coast had many lights before electricity came. Keepers wrote down what each of them "
        "burned, and the books are kept in the archive of the harbour office.",
        "Oil and its price",
        "Oil was bought by the barrel. The price rose in winter, when the ships could not land.",
    ),
    "zh": (
        "港口灯塔",
        "通电以前，海岸上有许多灯塔。看守人记下每座灯塔烧了多少油，账本保存在港务局的档案室里。",
        "灯油和价格",
        "灯油按桶购买。冬天船只不能靠岸，价格就上涨。",
    ),
}
AFTER = {
    "en": "Nothing was written down after the war.",
    "zh": "战后就没有记录了。",
}
HEADER = {"en": ("Light", "Oil (litres)", "Year"), "zh": ("灯塔", "灯油（升）", "年份")}


class Samples:
    """Makes files one after another, each about another place."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.probes: list[dict[str, object]] = []
        self.count = {"en": 0, "zh": 0}

    def next_probe(self, name: str, language: str, page: int | None, *, table: bool = False) -> str:
        number = self.count[language]
        self.count[language] += 1
        place = PLACES[language][number]
        litres, year = f"{4117 + 311 * number:,}", 1861 + 2 * number
        if table:
            probe = f"| {place} | {litres} | {year} |"
        elif language == "en":
            probe = f"The light of {place} burned {litres} litres of oil in {year}."
        else:
            probe = f"{place}的灯塔在{year}年烧了{litres}升灯油。"
        ask = f"{place} {year}" if table else probe
        self.probes.append({"file": name, "ask": ask, "probe": probe, "page": page})
        return probe

    def rows(self, name: str, language: str, page: int | None) -> list[tuple[str, ...]]:
        probe = self.next_probe(name, language, page, table=True)
        own = tuple(cell.strip() for cell in probe.strip("|").split("|"))
        others = [(f"{HEADER[language][0]} {n}", str(900 + n), str(1800 + n)) for n in range(1, 40)]
        return [HEADER[language], *others[:30], own, *others[30:]]


def markdown(language: str, probe: str, page_break: str = "") -> str:
    title, first, heading, second = BEFORE[language]
    head = "| " + " | ".join(HEADER[language]) + " |\n|---|---|---|\n| A | 12 | 1851 |\n"
    return (
        f"# {title}\n\n{first}\n\n{head}\n{page_break}\n\n## {heading}\n\n{second}\n\n{probe}\n\n"
        f"{AFTER[language]}\n"
    )


def html(language: str, probe: str, style: str = "") -> str:
    title, first, heading, second = BEFORE[language]
    return (
        f"<!doctype html><html lang={language}><meta charset=utf-8><title>{title}</title>"
        f"<style>{style}</style><nav>Home | About</nav><h1>{title}</h1><p>{first}</p>"
        f"<h2 style='page-break-before: always'>{heading}</h2><p>{second}</p><p>{probe}</p>"
        f"<p>{AFTER[language]}</p></html>"
    )


def run(*line: object) -> None:
    subprocess.run([str(part) for part in line], check=True, capture_output=True)


def office(source: Path, export: str, target: Path, read_as: str) -> None:
    """Convert with LibreOffice."""
    out = source.parent / "out"
    kind = f"{target.suffix[1:]}:{export}"
    run(
        "soffice",
        "--headless",
        f"--infilter={read_as}",
        "--convert-to",
        kind,
        "--outdir",
        out,
        source,
    )
    shutil.move(out / f"{source.stem}{target.suffix}", target)


def print_page(source: Path, target: Path) -> None:
    """Print to PDF with Chromium."""
    run(
        *("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"),
        *(f"--print-to-pdf={target}", source.as_uri()),
    )


def make_language(samples: Samples, language: str) -> None:
    source = samples.work / "source"

    def write(suffix: str, text: str) -> Path:
        path = source.with_suffix(suffix)
        path.write_text(text, encoding="utf-8")
        return path

    def path(kind: str) -> Path:
        return HERE / f"{language}-{kind}"

    def probe(kind: str, page: int | None = None) -> str:
        return samples.next_probe(path(kind).name, language, page)

    front = "---\ntitle: {}\ndate: 2024-05-01\n---\n"
    path("plain.txt").write_text(
        markdown(language, probe("plain.txt", 2), "\f").replace("#", "").replace("|", " "),
        encoding="utf-8",
    )
    path("front.md").write_text(
        front.format(BEFORE[language][0]) + markdown(language, probe("front.md")), encoding="utf-8"
    )
    for kind in ("pandoc.html", "pandoc.docx", "pandoc.rtf", "pandoc.epub"):
        text = write(
            ".md",
            f"---\ntitle: {BEFORE[language][0]}\nlang: {language}\n---\n\n"
            + markdown(language, probe(kind)),
        )
        run("pandoc", "-s", text, "-o", path(kind))
    slides = write(".md", markdown(language, probe("pandoc.pptx", 3)))
    run("pandoc", "-s", "--slide-level=2", slides, "-o", path("pandoc.pptx"))
    for kind, page, export in (
        ("office.docx", None, "MS Word 2007 XML"),
        ("office.rtf", None, "Rich Text Format"),
        ("office.pdf", 2, "writer_pdf_Export"),
    ):
        page_source = write(".html", html(language, probe(kind, page)))
        office(page_source, export, path(kind), "HTML (StarWriter)")
    page_source = write(".html", html(language, probe("chromium.pdf", 2)))
    print_page(page_source, path("chromium.pdf"))
    path("page.html").write_text(html(language, probe("page.html")), encoding="utf-8")
    for kind, export in (
        ("xlsx", "Calc MS Excel 2007 XML"),
        ("ods", "calc8"),
        ("xls", "MS Excel 97"),
    ):
        name = path(f"office.{kind}").name
        table = write(
            ".csv", "".join(";".join(row) + "\n" for row in samples.rows(name, language, 1))
        )
        office(table, export, path(f"office.{kind}"), "CSV:59,34,76,1,2/2/2")
    for kind, separator in (("table.csv", ","), ("table.tsv", "\t")):
        rows = samples.rows(path(kind).name, language, None)
        quoted = [[f'"{cell}"' if separator in cell else cell for cell in row] for row in rows]
        path(kind).write_text(
            "".join(separator.join(row) + "\n" for row in quoted), encoding="utf-8"
        )
    header, *rows = samples.rows(path("table.json").name, language, None)
    records = [dict(zip(header, row, strict=True)) for row in rows]
    path("table.json").write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    nested = {"id": 7, "notes": [BEFORE[language][1], probe("nested.jsonl")]}
    path("nested.jsonl").write_text(
        json.dumps(nested) + "\n" + json.dumps({"id": 8, "notes": []}) + "\n", encoding="utf-8"
    )


def make_encodings(samples: Samples) -> None:
    def write(name: str, language: str, encoding: str, text: str = "") -> None:
        probe = samples.next_probe(name, language, None)
        (HERE / name).write_bytes((text + markdown(language, probe)).encode(encoding))

    write("en-bom.txt", "en", "utf-8-sig")
    write("en-utf16.txt", "en", "utf-16")
    write(
        "en-latin1.txt",
        "en",
        "cp1252",
        "Les phares de Bretagne étaient éclairés à l'huile; "
        "après la guerre, l'électricité est arrivée à Brest et à Morlaix.\n\n",
    )
    write("zh-utf16.txt", "zh", "utf-16")
    write("zh-gbk.txt", "zh", "gbk")
    name = "zh-big5.txt"
    probe = "淡水鎮的燈塔在一八九五年燒了九千二百升燈油。"
    samples.probes.append({"file": name, "ask": probe, "probe": probe, "page": None})
    (HERE / name).write_bytes(
        f"港口燈塔\n\n通電以前，海岸上有許多燈塔。看守人記下每座燈塔燒了多少油。\n\n{probe}\n".encode(
            "big5"
        )
    )
    name = "en-columns.pdf"
    probe = samples.next_probe(name, "en", 1)
    words = "The archive of the harbour office keeps the books of every light on this coast. " * 12
    page = samples.work / "columns.html"
    page.write_text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Two columns</title><style>"
        "body{columns:2;text-align:justify;font:11pt serif;width:15cm}</style>"
        f"<h1>Two columns</h1><p>{words}</p><p>{probe.replace('burned', 'bur&shy;ned')} Keepers "
        "were paid in kind, which the adminis&shy;tration of the har&shy;bour never liked, and "
        f"electri&shy;fication ended it.</p><p>{words}</p></html>",
        encoding="utf-8",
    )
    print_page(page, HERE / name)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        samples = Samples(Path(folder))
        make_language(samples, "en")
        make_language(samples, "zh")
        make_encodings(samples)
    text = json.dumps(samples.probes, ensure_ascii=False, indent=1)
    (HERE / "probes.json").write_text(text + "\n", encoding="utf-8")
    print(f"{len(samples.probes)} files", file=sys.stderr)


if __name__ == "__main__":
    main()
