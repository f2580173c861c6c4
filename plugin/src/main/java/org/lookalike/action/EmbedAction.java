package org.lookalike.action;

import org.opensearch.action.ActionType;

/** Embeds one picture and gives the vector back. */
public final class EmbedAction extends ActionType<EmbedResponse> {
  public static final EmbedAction INSTANCE = new EmbedAction();
  public static final String NAME = "cluster:admin/lookalike/embed";

  private EmbedAction() {
    super(NAME, EmbedResponse::new);
  }
}
