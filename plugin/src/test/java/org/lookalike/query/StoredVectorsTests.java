package org.lookalike.query;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
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

/** What {@code like} and its kin name is read as its caller would read it. */
public class StoredVectorsTests extends OpenSearchTestCase {
  private static final LikeDocument ROUTED =
      new LikeDocument("photos", "1", "cover.vector", "somewhere", null);

  public void testTheVectorIsReadByTheCallersClientInTheCallersContext() {
    try (Asked client = new Asked()) {
      ThreadContext context = client.threadPool().getThreadContext();
      context.putHeader("user", "caller");
      AtomicReference<Exception> failed = new AtomicReference<>();
      reader(client)
          .fetch("like", ROUTED, ActionListener.wrap(vector -> fail("found"), failed::set));
      GetRequest request = client.requests.getFirst();
      assertEquals("photos", request.index());
      assertEquals("1", request.id());
      assertEquals("somewhere", request.routing());
      assertArrayEquals(new String[] {"cover.vector"}, request.fetchSourceContext().includes());
      assertEquals(List.of("caller"), client.callers);
      assertEquals("forbidden", failed.get().getMessage());
    }
  }

  public void testExamplesAreReadInTheSameWayAndFailIfOneDoes() {
    try (Asked client = new Asked()) {
      client.threadPool().getThreadContext().putHeader("user", "caller");
      AtomicReference<Exception> failed = new AtomicReference<>();
      reader(client)
          .fetchAll(
              "more_like",
              List.of(ROUTED, ROUTED),
              ActionListener.wrap(vectors -> fail("found"), failed::set));
      assertEquals(List.of("caller", "caller"), client.callers);
      assertEquals("forbidden", failed.get().getMessage());
      AtomicReference<List<float[]>> none = new AtomicReference<>();
      reader(client).fetchAll("more_like", List.of(), ActionListener.wrap(none::set, failed::set));
      assertEquals(List.of(), none.get());
    }
  }

  public void testNothingIsReadWhereTheSecurityPluginWouldLetHiddenDocumentsPass() {
    try (Asked client = new Asked()) {
      client
          .threadPool()
          .getThreadContext()
          .putHeader("_opendistro_security_filter_level_dls_done", "true");
      for (String parameter : List.of("like", "more_like", "less_like")) {
        OpenSearchStatusException error =
            expectThrows(
                OpenSearchStatusException.class,
                () ->
                    reader(client)
                        .fetchAll(
                            parameter,
                            List.of(ROUTED),
                            ActionListener.wrap(vectors -> fail(), failure -> fail())));
        assertEquals(RestStatus.FORBIDDEN, error.status());
        assertThat(error.getMessage(), containsString("[" + parameter + "] is not for roles"));
        assertThat(error.getMessage(), containsString("give [image] instead"));
      }
      assertEquals(List.of(), client.requests);
    }
  }

  private static StoredVectors reader(Asked client) {
    return new StoredVectors("embedding", List.of(), null, client);
  }

  /** Forbids everything, and keeps what it was asked and by whom. */
  private final class Asked extends NoOpClient {
    private final List<GetRequest> requests = new ArrayList<>();
    private final List<String> callers = new ArrayList<>();

    Asked() {
      super(getTestName());
    }

    @Override
    protected <Q extends ActionRequest, R extends ActionResponse> void doExecute(
        ActionType<R> action, Q asked, ActionListener<R> listener) {
      requests.add((GetRequest) asked);
      callers.add(threadPool().getThreadContext().getHeader("user"));
      listener.onFailure(new OpenSearchStatusException("forbidden", RestStatus.FORBIDDEN));
    }
  }
}
