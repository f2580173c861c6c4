package org.lookalike.action;

import java.io.IOException;
import java.util.Map;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/**
 * What one node says of itself: its models, and what it has done with pictures, as they are shown.
 */
public final class NodeState extends BaseNodeResponse {
  private final Map<String, Object> models;
  private final Map<String, Object> stats;

  public NodeState(DiscoveryNode node, Map<String, Object> models, Map<String, Object> stats) {
    super(node);
    this.models = models;
    this.stats = stats;
  }

  public NodeState(StreamInput in) throws IOException {
    super(in);
    models = in.readMap();
    stats = in.readMap();
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    out.writeMap(models);
    out.writeMap(stats);
  }

  /** By the model's name: its facts, or the reason why it cannot be used. */
  public Map<String, Object> models() {
    return models;
  }

  public Map<String, Object> stats() {
    return stats;
  }
}
