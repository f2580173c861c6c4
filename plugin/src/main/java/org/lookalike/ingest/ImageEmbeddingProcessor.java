package org.lookalike.ingest;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.lookalike.embed.PictureEmbedder;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.lookalike.image.ImageException;
import org.lookalike.image.Tiling;
import org.lookalike.index.ModelChoice;
import org.lookalike.index.SearchTargets;
import org.lookalike.index.VectorField;
import org.lookalike.model.Encoder;
import org.opensearch.core.action.ActionListener;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.IngestDocument;

/**
 * The ingest processor {@code image_embedding}: a document's picture, as base64, becomes its
 * embedding and the facts of its file. Documents of a bulk wait for their turn in {@link
 * IngestQueue}; each fails or gets its vector, for itself.
 */
public final class ImageEmbeddingProcessor extends AbstractProcessor {
  public static final String TYPE = "image_embedding";
  private static final String REGION_VECTORS = "regions.embedding";

  /**
   * What a pipeline says of this processor.
   *
   * @param field where the picture is
   * @param targetField where the embedding goes
   * @param model the name of an installed model, or null for the one that the document's index
   *     records
   * @param tiling how pictures are cut into regions, or null if only the whole counts
   */
  record Options(
      String field,
      String targetField,
      String model,
      boolean keepImage,
      boolean thumbnail,
      boolean exifLocation,
      boolean ignoreMissing,
      Tiling tiling) {}

  /** What embeds a document's picture, and which of its fields hold bytes. */
  record Target(Encoder encoder, boolean bytes, boolean bytesOfRegions) {}

  private final Options options;
  private final IngestQueue queue;
  private final PictureEmbedder embedder;
  private final SearchTargets targets;
  private final ModelChoice models;

  ImageEmbeddingProcessor(
      String tag,
      String description,
      Options options,
      IngestQueue queue,
      PictureEmbedder embedder,
      SearchTargets targets,
      ModelChoice models) {
    super(tag, description);
    this.options = options;
    this.queue = queue;
    this.embedder = embedder;
    this.targets = targets;
    this.models = models;
  }

  @Override
  public void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
    String image;
    Target target;
    try {
      image = document.getFieldValue(options.field, String.class, options.ignoreMissing);
      if (image == null && options.ignoreMissing) {
        handler.accept(document, null);
        return;
      }
      if (image == null) {
        throw new IllegalArgumentException(
            "field [" + options.field + "] is null: expected a picture as base64");
      }
      target = target(indexOf(document));
    } catch (RuntimeException problem) {
      handler.accept(null, problem);
      return;
    }
    queue.submit(image, text -> fields(text, target), new IntoDocument(document, handler));
  }

  @Override
  public IngestDocument execute(IngestDocument document) {
    throw new UnsupportedOperationException("pictures are embedded asynchronously");
  }

  @Override
  public String getType() {
    return TYPE;
  }

  private Target target(String index) {
    VectorField whole = targets.in(index, options.targetField);
    VectorField parts = options.tiling == null ? null : targets.in(index, REGION_VECTORS);
    List<VectorField> written = Stream.of(whole, parts).filter(Objects::nonNull).toList();
    return new Target(models.choose(options.model, written), holdsBytes(whole), holdsBytes(parts));
  }

  private static boolean holdsBytes(VectorField field) {
    return field != null && field.bytes();
  }

  /** What the document gains; runs on the image pool. */
  private Map<String, Object> fields(String text, Target target) throws ImageException {
    byte[] file = embedder.bytes(text);
    DocumentFields fields = new DocumentFields(options, target, file);
    return options.tiling == null
        ? embedder.embed(file, target.encoder(), Region.WHOLE, Views.NONE, fields::of)
        : embedder.embedRegions(file, target.encoder(), options.tiling, fields::of);
  }

  /** Puts what was found out into the document, and hands it on once. */
  private final class IntoDocument implements ActionListener<Map<String, Object>> {
    private final IngestDocument document;
    private final BiConsumer<IngestDocument, Exception> handler;

    IntoDocument(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
      this.document = document;
      this.handler = handler;
    }

    @Override
    public void onResponse(Map<String, Object> fields) {
      try {
        if (options.keepImage == false) {
          document.removeField(options.field);
        }
        fields.forEach(document::setFieldValue);
      } catch (RuntimeException problem) {
        handler.accept(null, problem);
        return;
      }
      handler.accept(document, null);
    }

    @Override
    public void onFailure(Exception problem) {
      handler.accept(null, inField(problem));
    }
  }

  private static String indexOf(IngestDocument document) {
    return document.getFieldValue(IngestDocument.Metadata.INDEX.getFieldName(), String.class);
  }

  private Exception inField(Exception problem) {
    return problem instanceof IllegalArgumentException
        ? new IllegalArgumentException("field [" + options.field + "]: " + problem.getMessage())
        : problem;
  }
}
