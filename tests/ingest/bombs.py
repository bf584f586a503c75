"""Files that no parser should be given: each unpacks, nests or grows beyond measure."""

import json
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

MIB = 1024 * 1024

_CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="xml" ContentType="application/xml"/></Types>'
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    data = BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return data.getvalue()


def word(document: bytes | str) -> bytes:
    return archive({"[Content_Types].xml": _CONTENT_TYPES, "word/document.xml": document})


def pdf(objects: list[bytes]) -> bytes:
    data = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n%strailer <</Size %d/Root 1 0 R>>\n"
        % (
            len(objects) + 1,
            table,
            len(objects) + 1,
        )
        + b"startxref\n%d\n%%%%EOF" % len(data)
    )


def pdf_of_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"
    tree = b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, *[page] * count])


def pdf_of_stream(content: bytes) -> bytes:
    packed = zlib.compress(zlib.compress(content, 9), 9)
    stream = b"<</Length %d/Filter[/FlateDecode/FlateDecode]>>stream\n%s\nendstream" % (
        len(packed),
        packed,
    )
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>"
    tree = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", tree, page, stream])


def laughing_xml() -> str:
    levels = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "ha">' for n in range(10)
    )
    return (
        f'<?xml version="1.0"?><!DOCTYPE d [{levels}]><w:document xmlns:w="{_WORD}"><w:body><w:p>'
        "<w:r><w:t>&a9;</w:t></w:r></w:p></w:body></w:document>"
    )


def outside_xml() -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        f'<w:document xmlns:w="{_WORD}"><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body>'
        "</w:document>"
    )


def nested_word() -> str:
    depth = 100_000
    return (
        f'<?xml version="1.0"?><w:document xmlns:w="{_WORD}"><w:body>'
        + "<w:tbl><w:tr><w:tc>" * depth
        + "</w:tc></w:tr></w:tbl>" * depth
        + "</w:body></w:document>"
    )


BOMBS: Mapping[str, Callable[[], bytes]] = {
    "one-line.txt": lambda: b"a" * (5 * MIB),
    "spaces.txt": lambda: b" " * (5 * MIB),
    "too-long.txt": lambda: b"word and word\n" * (2 * MIB),
    "zip-bomb.docx": lambda: word(b" " * (600 * MIB)),
    "many-files.docx": lambda: archive({f"{n}.xml": "" for n in range(30_000)}),
    "entities.docx": lambda: word(laughing_xml()),
    "outside.docx": lambda: word(outside_xml()),
    "nested.docx": lambda: word(nested_word()),
    "entities.epub": lambda: archive({"META-INF/container.xml": laughing_xml()}),
    "zip-bomb.xlsx": lambda: archive({"xl/workbook.xml": b" " * (600 * MIB)}),
    "pages.pdf": lambda: pdf_of_pages(100_000),
    "deflate.pdf": lambda: pdf_of_stream(b"BT (a) Tj ET " * (40 * MIB)),
    "nested.html": lambda: b"<div>" * 1_000_000,
    "wide.html": lambda: b"<table>" + b"<tr>" + b"<td colspan=1000>a" * 400_000,
    "nested.json": lambda: b"[" * 5_000_000,
    "long.json": lambda: json.dumps("a" * (5 * MIB)).encode(),
    "one-line.csv": lambda: b'"' + b"a," * (3 * MIB),
    "nested.rtf": lambda: b"{\\rtf1" + b"{" * 5_000_000,
    "many-rows.xlsx": lambda: _sheet_of_rows(1_000_000),
}


def _sheet_of_rows(count: int) -> bytes:
    spread = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    row = '<row><c t="inlineStr"><is><t>aaaaaaaaaaaaaaaaaaaaaaaa</t></is></c></row>'
    return archive(
        {
            "[Content_Types].xml": _CONTENT_TYPES,
            "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
            f'relationships"><Relationship Id="r1" Type="{relations}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{spread}" xmlns:r="{relations}"><sheets>'
            '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org'
            f'/package/2006/relationships"><Relationship Id="r1" Type="{relations}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{spread}"><sheetData>{row * count}'
            "</sheetData></worksheet>",
        }
    )
