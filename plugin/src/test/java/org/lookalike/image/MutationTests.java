package org.lookalike.image;

import static org.junit.Assert.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.Test;

/** Whatever bytes come, nothing but an ImageException goes out, in bounded time and memory. */
public class MutationTests {

  private static final int ROUNDS = Integer.getInteger("lookalike.mutations", 8);
  private static final DecodeLimits LIMITS =
      new DecodeLimits(1 << 24, 4_000_000, Duration.ofSeconds(2));

  @Test
  public void damagedFilesAreReadOrRefused() throws Exception {
    List<Golden.Case> cases = Golden.cases();
    Random random = new Random(7);
    int refused = 0;
    int tried = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (Golden.Case one : cases) {
        byte[] other = cases.get(random.nextInt(cases.size())).bytes();
        byte[] bytes = mutated(one.bytes(), other, random);
        long start = System.nanoTime();
        refused += isRefused(one.name(), bytes) ? 1 : 0;
        tried++;
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertTrue(one.name() + " took " + millis + " ms", millis < 4000);
      }
    }
    assertTrue(refused + " of " + tried, refused > tried / 5);
  }

  private static boolean isRefused(String name, byte[] bytes) {
    try {
      EncodedImage image = EncodedImage.open(bytes, LIMITS);
      if (image.memoryBytes() > 256 << 20) {
        return true; // the circuit breaker's part
      }
      Pixels upright = image.decode(64).upright();
      return upright.resized(64, 64).rgb().length != 3 * 64 * 64;
    } catch (ImageException expected) {
      String message = expected.getMessage();
      assertTrue(
          name + ": " + message,
          !message.isBlank() && message.length() <= 250 && !message.contains("\n"));
      return true;
    } catch (RuntimeException | Error escaped) {
      throw new AssertionError(name + " let something else out", escaped);
    }
  }

  private static byte[] mutated(byte[] bytes, byte[] other, Random random) {
    if (bytes.length == 0) {
      return bytes;
    }
    byte[] result = bytes.clone();
    switch (random.nextInt(5)) {
      case 0 -> flip(result, random, result.length);
      case 1 -> flip(result, random, Math.min(result.length, 64)); // the header
      case 2 -> result = Arrays.copyOf(result, random.nextInt(result.length));
      case 3 -> {
        int from = random.nextInt(result.length);
        byte extreme = (byte) (random.nextBoolean() ? 0xFF : 0);
        Arrays.fill(result, from, Math.min(result.length, from + 1 + random.nextInt(8)), extreme);
      }
      default -> {
        int count = Math.min(other.length, result.length);
        int length = count == 0 ? 0 : random.nextInt(count);
        System.arraycopy(other, 0, result, result.length - length, length);
      }
    }
    return result;
  }

  private static void flip(byte[] bytes, Random random, int within) {
    for (int i = 0; i <= random.nextInt(6); i++) {
      bytes[random.nextInt(within)] ^= (byte) (1 << random.nextInt(8));
    }
  }
}
