"""Cases on standard input, results on standard output."""

import json
import sys

from vitaletoken.conformance import run

for line in sys.stdin:
    case = json.loads(line)
    sys.stdout.write(json.dumps({"id": case["id"], "result": run(case)}, ensure_ascii=False) + "\n")
