package org.lookalike.model;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** What a graph must promise, and the end of an encoder that is in use. */
public class EncoderTests {
  private static final Path SHIPPED = Path.of(System.getProperty("lookalike.model"));
  private static final int FLOAT = 1; // as ONNX numbers types of elements
  private static final int UINT8 = 2;

  @Rule public final TemporaryFolder temporary = new TemporaryFolder();

  @Test
  public void anEncoderIsClosedOnlyOnceItsCallsHaveReturned() throws Exception {
    int threads = 4;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      Encoder encoder = new Encoder(Artefact.read(SHIPPED));
      int side = encoder.artefact().nativeSize();
      byte[] pixels = new byte[3 * side * side];
      CountDownLatch running = new CountDownLatch(threads);
      List<Future<String>> refused = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        refused.add(
            pool.submit(
                () -> {
                  encoder.embed(pixels);
                  running.countDown();
                  return assertThrows(
                          IllegalStateException.class,
                          () -> {
                            while (true) {
                              assertEquals(256, encoder.embed(pixels).length);
                            }
                          })
                      .getMessage();
                }));
      }
      running.await();
      encoder.close(); // would end the JVM if the memory were freed under a call
      encoder.close();
      for (Future<String> message : refused) {
        assertEquals("model [" + encoder.artefact().identity() + "] is closed", message.get());
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  public void aGraphThatDoesNotTakePixelsIsRefused() throws Exception {
    byte[] image = tensor(UINT8, 1, 8, 8, 3);
    byte[] vector = tensor(FLOAT, 1, 4);
    assertRefused(
        "expected input [pixels] of UINT8 [N, H, W, 3], found FLOAT [1, 4]",
        graph("Identity", vector, vector));
    assertRefused(
        "expected output [embedding] of FLOAT [N, 4], found UINT8 [1, 8, 8, 3]",
        graph("Identity", image, image));
    assertRefused(
        "expected output [embedding] of FLOAT [N, 4], found no tensor",
        graph("SequenceConstruct", image, message(4, message(1, image))));
  }

  private void assertRefused(String expected, byte[] model) throws Exception {
    Path folder = temporary.newFolder().toPath();
    Files.write(folder.resolve("model.onnx"), model);
    String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(model));
    String json =
        """
        {"name": "%s", "version": "1", "sha256": "%s", "dimension": 4, "native_size": 8, "distance": "cosinesimil"}
        """;
    Files.writeString(folder.resolve("model.json"), json.formatted(folder.getFileName(), sha256));
    Artefact artefact = Artefact.read(folder);
    ModelException thrown = assertThrows(ModelException.class, () -> new Encoder(artefact).close());
    assertTrue(thrown.getMessage(), thrown.getMessage().endsWith("model.onnx: " + expected));
  }

  /** A model of one operation from {@code pixels} to {@code embedding}, in the form of ONNX. */
  private static byte[] graph(String operation, byte[] input, byte[] output) throws IOException {
    byte[] node = message(1, "pixels", 2, "embedding", 4, operation);
    byte[] takes = message(1, "pixels", 2, input);
    byte[] gives = message(1, "embedding", 2, output);
    byte[] graph = message(1, node, 2, "test", 11, takes, 12, gives);
    return message(1, 8, 7, graph, 8, message(2, 13));
  }

  /** The type of a tensor. */
  private static byte[] tensor(int elements, int... sides) throws IOException {
    ByteArrayOutputStream shape = new ByteArrayOutputStream();
    for (int side : sides) {
      shape.write(message(1, message(1, side)));
    }
    return message(1, message(1, elements, 2, shape.toByteArray()));
  }

  /** A message of protocol buffers: each field's number, then its value; all are small. */
  private static byte[] message(Object... fields) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < fields.length; i += 2) {
      int number = (int) fields[i];
      if (fields[i + 1] instanceof Integer value) {
        bytes.write(number << 3);
        bytes.write(value);
      } else {
        byte[] value =
            fields[i + 1] instanceof String text
                ? text.getBytes(StandardCharsets.UTF_8)
                : (byte[]) fields[i + 1];
        bytes.write(number << 3 | 2);
        assertTrue(value.length < 128);
        bytes.write(value.length);
        bytes.write(value);
      }
    }
    return bytes.toByteArray();
  }
}
