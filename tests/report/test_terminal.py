"""What the terminal checks of a pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from chumbak.pack import PackError
from chumbak.report.terminal import check_pack
from tests.pack.test_episodes import BACKTEST, EPISODE, changed, line
from tests.pack.toy import full


def test_a_check_reads_episodes_and_backtests_and_tells_all_faults_together(tmp_path: Path) -> None:
    pack = full()
    pack.files["episodes/one.yaml"] = EPISODE
    pack.files["episodes/two.yaml"] = wrong = changed(EPISODE, "stages: [magnet]", "stages: [maget]")
    pack.files["backtests/test.yaml"] = late = changed(BACKTEST, "start: 2025-W14", "start: 2025-W60")
    with pytest.raises(PackError) as raised:
        check_pack(str(pack.write(tmp_path)), None, ())
    found = {(Path(fault.file).name, fault.row, fault.kind) for fault in raised.value.faults}
    assert ("two.yaml", line(wrong, "stages:"), "unknown-name") in found
    assert ("test.yaml", line(late, "start:"), "bad-week") in found
    assert "grades.csv" in {name for name, _, _ in found}  # nor does the chain of this pack compile
    assert {name for name, _, _ in found if name.endswith(".yaml")} == {"two.yaml", "test.yaml"}
