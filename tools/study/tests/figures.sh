# scape-study figures and report: each figure in three forms, a page that needs nothing beside it,
# and what a browser makes of it. Parts that need gnuplot or Chromium are skipped by name.
# shellcheck source=tools/study/tests/common.bash
source "$(dirname "$0")/common.bash"
corpus
"$study" run -q --methods fast,default,bf16_split,bf16_split_dense,whole:zstd_3,memcpy,bf16_split_k1 \
    -o results.jsonl models
"$study" atlas --json -o atlas.json models
"$study" gap --json -o gap.json models
python3 - <<'END'
import json, math
rows = [dict(model="m", role="w<b>", layer=i, dtype="BF16", elements=4096, pearson=math.sin(i) / 3,
             bits_direct=10.5, bits_residual=10.4, bits_delta=12.0, h_high_change=0.0) for i in range(9)]
json.dump(rows, open("pairs.json", "w"))
END
evidence=(results.jsonl atlas.json gap.json pairs.json)

# Without figures the page is whole too.
"$study" report -o plain.html --title 'A <title> & more' --note 'command "one"' "${evidence[@]}"
python3 - plain.html <<'END' || fail "the page"
import html.parser, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
class Page(html.parser.HTMLParser):
    VOID = {"meta", "img", "br"}
    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.outside, self.rows = [], set(), set(), [], 0
    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.ids.add(a.get("id"))
        self.rows += tag == "tr"
        for key in ("src", "href"):
            value = a.get(key, "#")
            if value.startswith("#"):
                self.links.add(value[1:])
            elif not value.startswith("data:"):
                self.outside.append(value)
        if tag not in self.VOID:
            self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, tag
page = Page()
page.feed(text)
assert not page.open and not page.outside, (page.open, page.outside)
assert page.links - {""} <= page.ids, page.links - page.ids
assert page.rows > 40
assert "A &lt;title&gt; &amp; more" in text and "command &quot;one&quot;" in text and "w&lt;b&gt;" in text
assert "no_profile" in text and "default" in text and re.search(r"1\.4\d\d\d", text)
END

if ! command -v gnuplot >/dev/null; then
    echo "figures: SKIPPED, no gnuplot"
    exit 77
fi
"$study" figures -q -o figures "${evidence[@]}"
count=0
for script in figures/*.gp; do
    name=${script%.gp}
    count=$((count + 1))
    head -c 5 "$name.pdf" | grep -q '%PDF-' || fail "$name.pdf"
    python3 -c "
import sys, xml.dom.minidom
svg = xml.dom.minidom.parse(sys.argv[1])
drawn = svg.getElementsByTagName('path').length + svg.getElementsByTagName('use').length
assert drawn > 10, drawn
assert open(sys.argv[2], 'rb').read(8) == b'\x89PNG\r\n\x1a\n'" "$name.svg" "$name.png" || fail "$name"
done
equal $count 8 "figures"
"$study" report -o report.html figures "${evidence[@]}"
equal "$(grep -o 'src="data:image/svg+xml;base64,' report.html | wc -l)" 8 "images in the page"
mkdir empty
status 1 "$study" figures -o empty/f pairs.jsonl

if ! browser=$(command -v chromium || command -v chromium-browser); then
    echo "browser: SKIPPED, no Chromium"
    exit 0
fi
# Every image has been decoded, nothing is wider than the window, no error was logged.
python3 - report.html <<'END'
import sys
text = open(sys.argv[1], encoding="utf-8").read()
probe = """<script>window.onload = async () => {
  const images = [...document.images];
  let good = images.length === 8;
  for (const image of images) { await image.decode(); good = good && image.naturalWidth > 0; }
  const page = document.documentElement;
  const fits = page.scrollWidth <= page.clientWidth;
  const text = document.body.innerText.length > 3000;
  document.title = 'probe ' + [good, fits, text].join(' ');
};</script>"""
open("probe.html", "w", encoding="utf-8").write(text.replace("</body>", probe + "</body>"))
END
"$browser" --headless --no-sandbox --disable-gpu --user-data-dir="$work/browser" \
    --window-size=1280,1000 --virtual-time-budget=10000 --dump-dom "file://$work/probe.html" \
    >dom.html 2>browser.log || {
    echo "browser: SKIPPED, Chromium does not start here: $(tail -1 browser.log)"
    exit 0
}
grep -o '<title>[^<]*' dom.html | grep -q 'probe true true true' ||
    fail "the browser found: $(grep -o '<title>[^<]*' dom.html)"
