"""From OpenSearch's scores to similarities."""

__all__ = ["similarity_of"]


def similarity_of(score: float) -> float:
    """The cosine of two embeddings, -1 to 1, from the score in the space cosinesimil, which is (1 + cosine) / 2."""
    return round(2 * score - 1, 6)
