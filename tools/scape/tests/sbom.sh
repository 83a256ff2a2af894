# The bill of materials names what was built, with its digest, and what that loads.
set -euo pipefail
sbom=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$sbom" --build "$build" -o "$work/sbom.json"
"$sbom" --build "$build" >"$work/again.json"
cmp "$work/sbom.json" "$work/again.json"
python3 - "$work/sbom.json" "$build" <<'PYTHON'
import hashlib
import json
import pathlib
import sys

document = json.load(open(sys.argv[1]))
packages = {package["SPDXID"]: package["name"] for package in document["packages"]}
files = {entry["fileName"]: entry for entry in document["files"]}
scape = files["./bin/scape"]
want = hashlib.sha256((pathlib.Path(sys.argv[2]) / "bin/scape").read_bytes()).hexdigest()
have = [c["checksumValue"] for c in scape["checksums"] if c["algorithm"] == "SHA256"]
if have != [want]:
    sys.exit(f"digest of scape: have {have}, want {want}")
known = {"SPDXRef-DOCUMENT", *packages, *(entry["SPDXID"] for entry in document["files"])}
for relation in document["relationships"]:
    for end in ("spdxElementId", "relatedSpdxElement"):
        if relation[end] not in known:
            sys.exit(f"{relation} names what is not there")
if not any(name.startswith("./lib/libscape.") for name in files):
    sys.exit(f"no libscape among the files: {sorted(files)}")
linked = [packages[r["relatedSpdxElement"]] for r in document["relationships"]
          if r["spdxElementId"] == scape["SPDXID"] and r["relationshipType"] == "DYNAMIC_LINK"]
for name in ("libzstd", "libjansson"):
    if not any(package.startswith(name) for package in linked):
        sys.exit(f"{name} is not among what scape loads: {linked}")
PYTHON
