import subprocess
import sys
import threading
from pathlib import Path

import pytest
from PIL import Image

from lookalike.encoder.pixel_budget import PixelBudget


def test_what_fits_goes_side_by_side_and_the_rest_waits() -> None:
    budget = PixelBudget(100)
    entered, leave = [threading.Event() for _ in range(3)], threading.Event()

    def work(number: int, pixels: int) -> None:
        with budget.spend(pixels):
            entered[number].set()
            leave.wait(10)

    threads = [threading.Thread(target=work, args=(number, pixels)) for number, pixels in enumerate((60, 40, 1))]
    for number, thread in enumerate(threads):
        thread.start()
        assert entered[number].wait(0.2 if number == 2 else 10) is (number < 2)
    leave.set()
    assert entered[2].wait(10)
    for thread in threads:
        thread.join()


def test_more_than_the_budget_has_its_turn_alone_and_a_failure_gives_it_back() -> None:
    budget = PixelBudget(100)
    with pytest.raises(ValueError, match="damaged"), budget.spend(500):
        raise ValueError("damaged")
    with budget.spend(500):
        pass


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_many_large_pictures_at_once_stay_within_the_memory_of_one(tmp_path: Path) -> None:
    """Six of 48 million pixels, which take 390 MB each: at most two at a time."""
    path = tmp_path / "large.png"
    Image.new("RGBA", (8000, 6000), (10, 20, 30, 128)).save(path, compress_level=1)
    # Not ru_maxrss, which begins with what the parent had.
    code = f"""
import re, threading
from pathlib import Path
from lookalike.encoder.decode import decode
data = Path({str(path)!r}).read_bytes()
found = []
threads = [threading.Thread(target=lambda: found.append(decode(data, 192).width)) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert found == [8000] * 6
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1000)
"""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(answer.stdout) < 1300
