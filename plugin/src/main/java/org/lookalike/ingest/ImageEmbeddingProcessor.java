package org.lookalike.ingest;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.lookalike.embed.EmbeddedImage;
import org.lookalike.embed.PictureEmbedder;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.lookalike.image.DecodedImage;
import org.lookalike.image.ImageException;
import org.lookalike.image.Thumbnail;
import org.lookalike.index.SearchTargets;
import org.lookalike.index.VectorField;
import org.lookalike.model.ByteQuantiser;
import org.lookalike.model.Encoder;
import org.lookalike.query.ModelChoice;
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
  private static final int THUMBNAIL_SIDE = 320;

  /**
   * What a pipeline says of this processor.
   *
   * @param field where the picture is
   * @param targetField where the embedding goes
   * @param model the name of an installed model, or null for the one that the document's index
   *     records
   */
  record Options(
      String field,
      String targetField,
      String model,
      boolean keepImage,
      boolean thumbnail,
      boolean exifLocation,
      boolean ignoreMissing) {}

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
    Encoder encoder;
    boolean bytes;
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
      VectorField target = targets.in(indexOf(document), options.targetField);
      encoder = models.choose(options.model, target == null ? List.of() : List.of(target));
      bytes = target != null && target.bytes();
    } catch (RuntimeException problem) {
      handler.accept(null, problem);
      return;
    }
    queue.submit(image, text -> fields(text, encoder, bytes), new IntoDocument(document, handler));
  }

  @Override
  public IngestDocument execute(IngestDocument document) {
    throw new UnsupportedOperationException("pictures are embedded asynchronously");
  }

  @Override
  public String getType() {
    return TYPE;
  }

  /** What a document gains, by field; runs on the image pool. */
  private Map<String, Object> fields(String text, Encoder encoder, boolean bytes)
      throws ImageException {
    byte[] file = embedder.bytes(text);
    return embedder.embed(
        file,
        encoder,
        Region.WHOLE,
        Views.NONE,
        embedded -> fields(file, embedded, encoder, bytes));
  }

  private Map<String, Object> fields(
      byte[] file, EmbeddedImage embedded, Encoder encoder, boolean bytes) {
    DecodedImage image = embedded.image();
    float[] vector = embedded.vectors().getFirst();
    Map<String, Object> fields = new HashMap<>();
    fields.put(options.targetField, numbers(bytes ? ByteQuantiser.toBytes(vector) : vector, bytes));
    fields.put("model", encoder.artefact().identity());
    fields.put("content_sha256", sha256(file));
    fields.put("bytes", (long) file.length);
    fields.put("width", image.width());
    fields.put("height", image.height());
    fields.put("format", image.format());
    fields.put("ingested_at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    Map<String, Object> exif = ImageFacts.exif(image.exif(), options.exifLocation);
    if (exif.isEmpty() == false) {
      fields.put("exif", exif);
    }
    if (options.thumbnail) {
      byte[] jpeg = Thumbnail.jpeg(image.upright(), THUMBNAIL_SIDE);
      fields.put("thumbnail", Base64.getEncoder().encodeToString(jpeg));
    }
    return fields;
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

  private static List<Number> numbers(float[] vector, boolean bytes) {
    List<Number> numbers = new ArrayList<>(vector.length);
    for (float value : vector) {
      numbers.add(bytes ? (Number) (int) value : (Number) value);
    }
    return numbers;
  }

  private static String sha256(byte[] file) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
