package org.lookalike.model;

/**
 * A model that cannot be used; the message says which file, what was expected and what was found.
 */
public final class ModelException extends Exception {
  private static final long serialVersionUID = 1L;

  public ModelException(String message) {
    super(message);
  }
}
