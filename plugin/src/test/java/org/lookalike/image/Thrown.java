package org.lookalike.image;

/** The refusal that a test expects. */
final class Thrown {

  private Thrown() {}

  /** What may refuse an image. */
  interface Attempt {
    Object run() throws ImageException;
  }

  static ImageException by(Attempt attempt) {
    try {
      attempt.run();
    } catch (ImageException expected) {
      return expected;
    }
    throw new AssertionError("expected an ImageException");
  }
}
