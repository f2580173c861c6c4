package org.lookalike.embed;

import org.opensearch.common.SetOnce;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.monitor.jvm.JvmInfo;

/**
 * The heap that pictures may occupy at once, waiting and being decoded: the node's circuit breaker
 * {@code lookalike}, of a third of the heap unless {@code breaker.lookalike.limit} says otherwise.
 */
public final class PictureMemory {
  private static final String NAME = "lookalike";
  private static final int SHARE_OF_HEAP = 3;
  private static final long NO_LIMIT = -1; // as the node's owner writes it

  private final SetOnce<CircuitBreaker> breaker = new SetOnce<>();

  /** What the node makes the breaker from. */
  public static BreakerSettings breaker(Settings settings) {
    long limit = JvmInfo.jvmInfo().getMem().getHeapMax().getBytes() / SHARE_OF_HEAP;
    return BreakerSettings.updateFromSettings(new BreakerSettings(NAME, limit, 1.0), settings);
  }

  public void set(CircuitBreaker made) {
    breaker.set(made);
  }

  /**
   * Reserve memory until the result is closed.
   *
   * @throws IllegalArgumentException if this node could never hold so much
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException (a 429) if it cannot now
   */
  Releasable reserve(long bytes) {
    CircuitBreaker used = breaker.get();
    if (used.getLimit() != NO_LIMIT && bytes > used.getLimit()) {
      throw new IllegalArgumentException(
          "[image] the picture would need ["
              + bytes
              + "] bytes of memory, this node has ["
              + used.getLimit()
              + "] for pictures: send a smaller one, or raise breaker.lookalike.limit");
    }
    used.addEstimateBytesAndMaybeBreak(bytes, "a picture");
    return () -> used.addWithoutBreaking(-bytes);
  }
}
