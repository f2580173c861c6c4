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
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.lookalike.embed.EmbeddedRegion;
import org.lookalike.embed.EmbeddedRegions;
import org.lookalike.embed.PictureEmbedder;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.lookalike.image.DecodedImage;
import org.lookalike.image.ImageException;
import org.lookalike.image.Thumbnail;
import org.lookalike.image.Tiling;
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
  private record Target(Encoder encoder, boolean bytes, boolean bytesOfRegions) {}

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

  /** What a document gains, by field; runs on the image pool. */
  private Map<String, Object> fields(String text, Target target) throws ImageException {
    byte[] file = embedder.bytes(text);
    Encoder encoder = target.encoder();
    return options.tiling == null
        ? embedder.embed(
            file,
            encoder,
            Region.WHOLE,
            Views.NONE,
            embedded -> fields(file, embedded.image(), embedded.vectors().getFirst(), target))
        : embedder.embedRegions(
            file, encoder, options.tiling, embedded -> fields(file, embedded, target));
  }

  private Map<String, Object> fields(byte[] file, EmbeddedRegions embedded, Target target) {
    List<EmbeddedRegion> regions = embedded.regions();
    Map<String, Object> fields =
        fields(file, embedded.image(), regions.getFirst().vector(), target);
    List<Object> cut = new ArrayList<>(regions.size());
    for (EmbeddedRegion region : regions) {
      Map<String, Object> entry = new HashMap<>();
      entry.put("box", ImageFacts.box(region.box()));
      entry.put("embedding", numbers(region.vector(), target.bytesOfRegions()));
      cut.add(entry);
    }
    fields.put("regions", cut);
    fields.put("tiling", options.tiling.identity());
    return fields;
  }

  private Map<String, Object> fields(
      byte[] file, DecodedImage image, float[] vector, Target target) {
    Map<String, Object> fields = new HashMap<>();
    fields.put(options.targetField, numbers(vector, target.bytes()));
    fields.put("model", target.encoder().artefact().identity());
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
    for (float value : bytes ? ByteQuantiser.toBytes(vector) : vector) {
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
