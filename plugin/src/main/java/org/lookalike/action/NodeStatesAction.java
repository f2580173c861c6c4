package org.lookalike.action;

import org.opensearch.action.ActionType;

/** Asks nodes for their models and what they have done with pictures. */
public final class NodeStatesAction extends ActionType<NodeStatesResponse> {
  public static final NodeStatesAction INSTANCE = new NodeStatesAction();
  public static final String NAME = "cluster:monitor/lookalike/nodes";

  private NodeStatesAction() {
    super(NAME, NodeStatesResponse::new);
  }
}
