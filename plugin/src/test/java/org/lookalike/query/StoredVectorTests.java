package org.lookalike.query;

import static org.hamcrest.Matchers.containsString;

import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.lookalike.embed.Region;
import org.lookalike.embed.Views;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionType;
import org.opensearch.action.get.GetRequest;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.test.client.NoOpClient;

/** What {@code like} names is read as its caller would read it. */
public class StoredVectorTests extends OpenSearchTestCase {
  private static final LookalikeClause CLAUSE =
      new LookalikeClause(
          "embedding",
          null,
          new LikeDocument("photos", "1", "cover.vector", "somewhere"),
          Region.WHOLE,
          Views.NONE,
          3,
          null,
          null,
          null,
          null,
          null,
          null,
          null);

  public void testTheVectorIsReadByTheCallersClientInTheCallersContext() {
    try (Asked client = new Asked()) {
      ThreadContext context = client.threadPool().getThreadContext();
      context.putHeader("user", "caller");
      AtomicReference<Exception> failed = new AtomicReference<>();
      StoredVector.fetch(
          CLAUSE,
          List.of(),
          null,
          client,
          ActionListener.wrap(vectors -> fail("nothing was found"), failed::set));
      GetRequest request = client.request.get();
      assertEquals("photos", request.index());
      assertEquals("1", request.id());
      assertEquals("somewhere", request.routing());
      assertArrayEquals(new String[] {"cover.vector"}, request.fetchSourceContext().includes());
      assertEquals("caller", client.caller.get());
      assertEquals("forbidden", failed.get().getMessage());
    }
  }

  public void testNothingIsReadWhereTheSecurityPluginWouldLetHiddenDocumentsPass() {
    try (Asked client = new Asked()) {
      client
          .threadPool()
          .getThreadContext()
          .putHeader("_opendistro_security_filter_level_dls_done", "true");
      OpenSearchStatusException error =
          expectThrows(
              OpenSearchStatusException.class,
              () ->
                  StoredVector.fetch(
                      CLAUSE,
                      List.of(),
                      null,
                      client,
                      ActionListener.wrap(vectors -> fail(), failure -> fail())));
      assertEquals(RestStatus.FORBIDDEN, error.status());
      assertThat(error.getMessage(), containsString("give [image] instead"));
      assertNull(client.request.get());
    }
  }

  /** Forbids everything, and keeps what it was asked and by whom. */
  private final class Asked extends NoOpClient {
    private final AtomicReference<GetRequest> request = new AtomicReference<>();
    private final AtomicReference<String> caller = new AtomicReference<>();

    Asked() {
      super(getTestName());
    }

    @Override
    protected <Q extends ActionRequest, R extends ActionResponse> void doExecute(
        ActionType<R> action, Q asked, ActionListener<R> listener) {
      request.set((GetRequest) asked);
      caller.set(threadPool().getThreadContext().getHeader("user"));
      listener.onFailure(new OpenSearchStatusException("forbidden", RestStatus.FORBIDDEN));
    }
  }
}
