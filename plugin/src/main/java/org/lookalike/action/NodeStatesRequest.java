package org.lookalike.action;

import java.io.IOException;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;

/** To all nodes unless some are named. */
public final class NodeStatesRequest extends BaseNodesRequest<NodeStatesRequest> {
  public NodeStatesRequest(String... nodeIds) {
    super(nodeIds);
  }

  public NodeStatesRequest(StreamInput in) throws IOException {
    super(in);
  }
}
