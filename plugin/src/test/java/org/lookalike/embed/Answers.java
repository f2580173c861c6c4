package org.lookalike.embed;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;

/** Collects what listeners are told. */
public final class Answers implements ActionListener<String> {
  private final CountDownLatch missing;
  private final ConcurrentLinkedQueue<Object> told = new ConcurrentLinkedQueue<>();

  public Answers(int expected) {
    missing = new CountDownLatch(expected);
  }

  @Override
  public void onResponse(String text) {
    tell(text);
  }

  @Override
  public void onFailure(Exception problem) {
    tell(problem);
  }

  /** Results and exceptions in their order, once as many have come as were expected. */
  public List<Object> await() throws InterruptedException {
    if (missing.await(30, TimeUnit.SECONDS) == false) {
      throw new AssertionError(missing.getCount() + " answers are missing");
    }
    return List.copyOf(told);
  }

  /** How many were rejections. */
  public long rejections() {
    return told.stream()
        .filter(
            answer ->
                answer instanceof Exception problem
                    && ExceptionsHelper.status(problem) == RestStatus.TOO_MANY_REQUESTS)
        .count();
  }

  private void tell(Object answer) {
    told.add(answer);
    missing.countDown();
  }
}
