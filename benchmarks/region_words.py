"""What the words of an answer are worth when regions are searched: is the first answer right that is called a copy?"""

import json
from collections.abc import Sequence

from benchmarks.region_queries import Crop
from lookalike.search.answers import Answer
from lookalike.search.question import VIEWS
from lookalike.search.searcher import Searcher, Wanted

__all__ = ["print_words"]

WORDS = ("copy", "probably the same picture", "similar")


def print_words(searcher: Searcher, crops: Sequence[Crop], found: Sequence[Answer]) -> None:
    """Print a table of the first answers by their words: right and wrong while the crop's image is in the index, which
    `found` are, and all of them, wrong, once a filter leaves that image out."""
    present = [(answer.hits[0].verdict, _is_of(answer, crop)) for answer, crop in zip(found, crops, strict=True)]
    absent = []
    for crop in crops:
        other = json.dumps({"bool": {"must_not": {"term": {"image_url": crop.image.absolute().as_uri()}}}})
        answer = searcher.by_image(crop.file, Wanted(1, [other], views=VIEWS, in_regions=True))
        absent.append(answer.hits[0].verdict)
    print("\n| first answer | right | wrong | wrong, the image left out |\n|---|---|---|---|")
    for word in WORDS:
        right, wrong = present.count((word, True)), present.count((word, False))
        print(f"| {word} | {right} | {wrong} | {absent.count(word)} |", flush=True)


def _is_of(answer: Answer, crop: Crop) -> bool:
    return answer.hits[0].image_url == crop.image.absolute().as_uri()
