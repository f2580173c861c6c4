package org.lookalike.action;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/** Collects what every node says of itself. */
public final class TransportNodeStatesAction
    extends TransportNodesAction<
        NodeStatesRequest, NodeStatesResponse, TransportNodeStatesAction.NodeRequest, NodeState> {
  private final NodeReport report;

  @Inject
  public TransportNodeStatesAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters actionFilters,
      NodeReport report) {
    super(
        NodeStatesAction.NAME,
        threadPool,
        clusterService,
        transportService,
        actionFilters,
        NodeStatesRequest::new,
        NodeRequest::new,
        ThreadPool.Names.MANAGEMENT,
        NodeState.class);
    this.report = report;
  }

  /** The question to one node, which needs no words. */
  public static final class NodeRequest extends TransportRequest {
    NodeRequest() {}

    NodeRequest(StreamInput in) throws IOException {
      super(in);
    }
  }

  @Override
  protected NodeStatesResponse newResponse(
      NodeStatesRequest request, List<NodeState> states, List<FailedNodeException> failures) {
    return new NodeStatesResponse(clusterService.getClusterName(), states, failures);
  }

  @Override
  protected NodeRequest newNodeRequest(NodeStatesRequest request) {
    return new NodeRequest();
  }

  @Override
  protected NodeState newNodeResponse(StreamInput in) throws IOException {
    return new NodeState(in);
  }

  @Override
  protected NodeState nodeOperation(NodeRequest request) {
    return new NodeState(clusterService.localNode(), report.models(), report.stats());
  }
}
