package org.lookalike.embed;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.greaterThan;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.lookalike.LookalikeSettings;
import org.lookalike.image.Box;
import org.lookalike.image.DecodeLimits;
import org.lookalike.image.EncodedImage;
import org.lookalike.image.ImageException;
import org.lookalike.image.Tiling;
import org.lookalike.model.Artefact;
import org.lookalike.model.Encoder;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.test.OpenSearchTestCase;

/** Regions are embedded within memory and time, and the whole picture is the first of them. */
public class PictureEmbedderTests extends OpenSearchTestCase {
  private static final Path GOLDEN = Path.of(System.getProperty("lookalike.golden"));
  private static final Tiling TILING = new Tiling(3, 0.5, 0, 256);

  private final Room room = new Room(10_000_000);
  private Encoder encoder;
  private byte[] file;

  @Override
  public void setUp() throws Exception {
    super.setUp();
    Path folder = Files.createDirectory(createTempDir().resolve("golden"));
    for (String name : List.of("model.json", "model.onnx")) {
      Files.copy(GOLDEN.resolve("model").resolve(name), folder.resolve(name));
    }
    encoder = new Encoder(Artefact.read(folder));
    file = Files.readAllBytes(GOLDEN.resolve("images").resolve("png-many-chunks.png")); // 200 x 150
  }

  @Override
  public void tearDown() throws Exception {
    encoder.close();
    super.tearDown();
  }

  public void testTheFirstRegionIsTheWholeAndBlankOnesAreLeftOut() throws Exception {
    PictureEmbedder embedder = embedder(room, "10s");
    float[] whole =
        embedder.embed(
            file, encoder, Region.WHOLE, Views.NONE, embedded -> embedded.vectors().getFirst());
    List<EmbeddedRegion> regions =
        embedder.embedRegions(file, encoder, TILING, EmbeddedRegions::regions);
    assertEquals(new Box(0, 0, 200, 150), regions.getFirst().box());
    assertArrayEquals(whole, regions.getFirst().vector(), 0);
    assertEquals(26, regions.size()); // of 27 boxes, as tests/golden/tiling.json has them
    List<Box> boxes = TILING.boxes(200, 150);
    assertTrue(boxes.containsAll(regions.stream().map(EmbeddedRegion::box).toList()));
  }

  public void testMemoryIsReservedForPixelsAndVectorsAndGivenBack() throws Exception {
    long pixels = 3 * 200 * 150 + 3 * 100 * 100;
    long numbers = 27L * 32 * 24;
    Long reserved =
        embedder(room, "10s").embedRegions(file, encoder, TILING, embedded -> room.getUsed());
    assertThat(reserved, greaterThan(file.length + pixels + numbers));
    assertEquals(0, room.getUsed());

    Room full = new Room(reserved);
    full.addWithoutBreaking(1);
    PictureEmbedder embedder = embedder(full, "10s");
    expectThrows(
        CircuitBreakingException.class,
        () -> embedder.embedRegions(file, encoder, TILING, PictureEmbedderTests::unwanted));
    PictureEmbedder small = embedder(new Room(reserved - 1), "10s");
    Exception never =
        expectThrows(
            IllegalArgumentException.class,
            () -> small.embedRegions(file, encoder, TILING, PictureEmbedderTests::unwanted));
    assertThat(never.getMessage(), containsString("would need [" + reserved + "] bytes of memory"));
  }

  public void testThePartOfALongRowInEachPixelIsCountedAsMemory() throws Exception {
    ByteArrayOutputStream thin = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(84_000_000, 1, BufferedImage.TYPE_BYTE_BINARY), "png", thin);
    Room third = new Room((1 << 30) / 3); // of the heap of tests; resizing it takes nearly all
    IllegalArgumentException thrown =
        expectThrows(
            IllegalArgumentException.class,
            () ->
                embedder(third, "60s")
                    .embed(
                        thin.toByteArray(),
                        encoder,
                        Region.WHOLE,
                        Views.NONE,
                        embedded -> embedded));
    assertThat(thrown.getMessage(), containsString("bytes of memory, this node has"));
    assertEquals(0, third.getUsed());
  }

  public void testCuttingEndsInTime() throws Exception {
    ByteArrayOutputStream blank = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(3200, 3200, BufferedImage.TYPE_3BYTE_BGR), "png", blank);
    Tiling fine = new Tiling(3, 0.9, 600, 10_000); // 2,980 squares, some gigapixels, none embedded
    long millis = 4 * slowestDecode(blank.toByteArray()); // however busy the machine is
    PictureEmbedder hasty = embedder(new Room(100_000_000), millis + "ms");
    ImageException thrown =
        expectThrows(
            ImageException.class,
            () ->
                hasty.embedRegions(
                    blank.toByteArray(), encoder, fine, PictureEmbedderTests::unwanted));
    assertEquals(ImageException.Kind.TIMEOUT, thrown.kind());
    assertEquals(
        "cutting its regions took longer than "
            + millis
            + " ms: cut fewer, or raise lookalike.decode_timeout",
        thrown.getMessage());
  }

  /** Milliseconds of the slowest of some runs, the first of which only warms up. */
  private static long slowestDecode(byte[] file) throws ImageException {
    DecodeLimits limits = new DecodeLimits(1 << 24, 100_000_000, Duration.ofMinutes(1));
    long slowest = 0;
    for (int run = 0; run < 4; run++) {
      long start = System.nanoTime();
      EncodedImage.open(file, limits).decode(32);
      long nanos = System.nanoTime() - start;
      slowest = run == 0 ? 0 : Math.max(slowest, nanos);
    }
    return Math.max(1, slowest / 1_000_000);
  }

  private static Object unwanted(EmbeddedRegions regions) {
    throw new AssertionError("embedded " + regions);
  }

  private static PictureEmbedder embedder(Room room, String decodeTimeout) {
    Settings settings = Settings.builder().put("lookalike.decode_timeout", decodeTimeout).build();
    Set<Setting<?>> known = new HashSet<>(LookalikeSettings.all());
    LookalikeSettings own = new LookalikeSettings(settings, new ClusterSettings(settings, known));
    return new PictureEmbedder(own, room.memory(), new LookalikeStats());
  }
}
