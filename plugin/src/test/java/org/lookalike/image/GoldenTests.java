package org.lookalike.image;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.Test;

/** The same bytes mean the same in Java and in Python. */
public class GoldenTests {

  @Test
  public void readableFilesGiveTheFactsThatPythonFinds() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (Golden.Case one : readable()) {
      EncodedImage encoded = EncodedImage.open(one.bytes(), Golden.LIMITS);
      DecodedImage decoded = encoded.decode(Golden.NATIVE_SIZE);
      String expected = one.text("format") + " " + one.number("width") + " " + one.number("height");
      for (String found :
          List.of(
              encoded.format() + " " + encoded.width() + " " + encoded.height(),
              decoded.format() + " " + decoded.width() + " " + decoded.height())) {
        if (!found.equals(expected)) {
          wrong.add(one.name() + ": expected " + expected + ", found " + found);
        }
      }
      if (!exif(decoded.exif()).equals(exif(one.map("exif")))) {
        wrong.add(one.name() + ": expected " + one.map("exif") + ", found " + decoded.exif());
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  public void whereDecodersHaveNoFreedomPixelsAreEqual() throws Exception {
    List<String> wrong = new ArrayList<>();
    for (Golden.Case one : readable()) {
      String expected = one.text("pixels_sha256");
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(square(one).rgb());
      if (expected != null && !expected.equals(HexFormat.of().formatHex(hash))) {
        wrong.add(one.name());
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  public void embeddingsAreThoseOfPython() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (OrtSession session =
        OrtEnvironment.getEnvironment().createSession(Golden.model().toString())) {
      for (Golden.Case one : readable()) {
        double cosine = cosine(embed(session, square(one)), one.list("embedding"));
        if (!(cosine >= one.bound())) {
          wrong.add(one.name() + ": cosine " + cosine + ", expected at least " + one.bound());
        }
      }
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  public void badFilesAreRefusedForTheSameReason() throws Exception {
    int refused = 0;
    for (Golden.Case one : Golden.cases()) {
      if (one.isRefused()) {
        refused++;
        ImageException thrown = Thrown.by(() -> square(one));
        assertEquals(one.name(), one.text("kind"), thrown.kind().name());
        assertTrue(
            one.name() + ": " + thrown.getMessage(),
            thrown.getMessage().contains(one.text("reason")));
      }
    }
    assertTrue("only " + refused, refused >= 15);
  }

  private static List<Golden.Case> readable() throws Exception {
    List<Golden.Case> readable = Golden.cases().stream().filter(one -> !one.isRefused()).toList();
    assertTrue("only " + readable.size(), readable.size() >= 100);
    return readable;
  }

  private static Pixels square(Golden.Case one) throws ImageException {
    Pixels upright =
        EncodedImage.open(one.bytes(), Golden.LIMITS).decode(Golden.NATIVE_SIZE).upright();
    return upright.resized(Golden.NATIVE_SIZE, Golden.NATIVE_SIZE);
  }

  private static float[] embed(OrtSession session, Pixels square) throws OrtException {
    long[] shape = {1, square.height(), square.width(), 3};
    ByteBuffer pixels = ByteBuffer.allocateDirect(square.rgb().length).put(square.rgb()).flip();
    try (OnnxTensor tensor =
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(), pixels, shape, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of("pixels", tensor))) {
      return ((float[][]) result.get(0).getValue())[0];
    }
  }

  private static double cosine(float[] found, List<?> expected) {
    double sum = 0;
    for (int i = 0; i < found.length; i++) {
      sum += found[i] * ((Number) expected.get(i)).doubleValue();
    }
    return sum;
  }

  private static List<Object> exif(ExifFacts facts) {
    return Arrays.asList(facts.takenAt(), facts.camera(), facts.latitude(), facts.longitude());
  }

  private static List<Object> exif(Map<?, ?> facts) {
    Map<?, ?> location = (Map<?, ?>) facts.get("location");
    return Arrays.asList(
        facts.get("taken_at"),
        facts.get("camera"),
        location == null ? null : location.get("lat"),
        location == null ? null : location.get("lon"));
  }
}
