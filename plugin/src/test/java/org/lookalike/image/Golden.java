package org.lookalike.image;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;

/** The golden set that pytest reads, too: image files and what Python makes of them. */
final class Golden {

  static final int NATIVE_SIZE = 64;
  static final DecodeLimits LIMITS = new DecodeLimits(1 << 24, 100_000_000, Duration.ofSeconds(20));

  private static final Path FOLDER = Path.of(System.getProperty("lookalike.golden"));

  private Golden() {}

  /** One file: facts, bound and embedding, or the kind and reason of its refusal. */
  record Case(Map<String, Object> fields) {

    String name() {
      return text("name");
    }

    byte[] bytes() {
      try {
        return Files.readAllBytes(FOLDER.resolve("images").resolve(name()));
      } catch (IOException missing) {
        throw new AssertionError(missing);
      }
    }

    boolean isRefused() {
      return fields.containsKey("kind");
    }

    String text(String field) {
      return (String) fields.get(field);
    }

    int number(String field) {
      return ((Number) fields.get(field)).intValue();
    }

    double bound() {
      return ((Number) fields.get("bound")).doubleValue();
    }

    List<?> list(String field) {
      return (List<?>) fields.get(field);
    }

    Map<?, ?> map(String field) {
      return (Map<?, ?>) fields.get(field);
    }
  }

  static List<Case> cases() throws IOException {
    return read("expected.json", "cases");
  }

  /** Sizes and tilings with their boxes ({@code cases}), or {@code pictures} with their regions. */
  static List<Case> tilings(String list) throws IOException {
    return read("tiling.json", list);
  }

  private static List<Case> read(String file, String list) throws IOException {
    String json = Files.readString(FOLDER.resolve(file));
    List<Case> cases = new ArrayList<>();
    for (Object entry :
        (List<?>) XContentHelper.convertToMap(JsonXContent.jsonXContent, json, false).get(list)) {
      Map<String, Object> fields = new HashMap<>();
      ((Map<?, ?>) entry).forEach((name, value) -> fields.put((String) name, value));
      cases.add(new Case(fields));
    }
    return cases;
  }

  static Case named(String name) throws IOException {
    return cases().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  static Path model() {
    return FOLDER.resolve("model").resolve("model.onnx");
  }
}
