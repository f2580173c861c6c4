package org.lookalike.action;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** The answers of those nodes that answered; a node without the plugin is a failure. */
public final class NodeStatesResponse extends BaseNodesResponse<NodeState> {
  public NodeStatesResponse(
      ClusterName cluster, List<NodeState> nodes, List<FailedNodeException> failures) {
    super(cluster, nodes, failures);
  }

  public NodeStatesResponse(StreamInput in) throws IOException {
    super(in);
  }

  @Override
  protected List<NodeState> readNodesFrom(StreamInput in) throws IOException {
    return in.readList(NodeState::new);
  }

  @Override
  protected void writeNodesTo(StreamOutput out, List<NodeState> nodes) throws IOException {
    out.writeList(nodes);
  }
}
