package org.lookalike.action;

import org.lookalike.embed.ImagePool;
import org.lookalike.embed.PictureEmbedder;
import org.lookalike.embed.Views;
import org.lookalike.model.Encoder;
import org.lookalike.model.ModelRegistry;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportService;

/** Answers {@link EmbedAction} on the node that is asked. */
public final class TransportEmbedAction
    extends HandledTransportAction<EmbedRequest, EmbedResponse> {
  private final ModelRegistry models;
  private final ImagePool pool;
  private final PictureEmbedder embedder;

  @Inject
  public TransportEmbedAction(
      TransportService transportService,
      ActionFilters actionFilters,
      ModelRegistry models,
      ImagePool pool,
      PictureEmbedder embedder) {
    super(EmbedAction.NAME, transportService, actionFilters, EmbedRequest::new);
    this.models = models;
    this.pool = pool;
    this.embedder = embedder;
  }

  @Override
  protected void doExecute(
      Task task, EmbedRequest request, ActionListener<EmbedResponse> listener) {
    Encoder encoder;
    try {
      encoder = models.require(request.model());
    } catch (IllegalArgumentException unknown) {
      listener.onFailure(unknown);
      return;
    }
    pool.submit(
        request.image(),
        text ->
            embedder.embed(
                embedder.bytes(text),
                encoder,
                request.region(),
                Views.NONE,
                embedded -> new EmbedResponse(encoder.artefact(), embedded)),
        listener);
  }
}
