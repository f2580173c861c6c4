package org.lookalike.embed;

import java.util.concurrent.atomic.AtomicLong;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.common.breaker.NoopCircuitBreaker;

/** Memory for pictures without a node around it. */
public final class Room extends NoopCircuitBreaker {
  private final AtomicLong used = new AtomicLong();
  private final long limit;

  public Room(long limit) {
    super("lookalike");
    this.limit = limit;
  }

  /** The same, as the pool wants it. */
  public PictureMemory memory() {
    PictureMemory memory = new PictureMemory();
    memory.set(this);
    return memory;
  }

  @Override
  public double addEstimateBytesAndMaybeBreak(long bytes, String label) {
    long now = used.addAndGet(bytes);
    if (now > limit) {
      used.addAndGet(-bytes);
      throw new CircuitBreakingException("full", bytes, limit, Durability.TRANSIENT);
    }
    return now;
  }

  @Override
  public long addWithoutBreaking(long bytes) {
    return used.addAndGet(bytes);
  }

  @Override
  public long getUsed() {
    return used.get();
  }

  @Override
  public long getLimit() {
    return limit;
  }
}
