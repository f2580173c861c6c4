package org.lookalike;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.lookalike.action.EmbedAction;
import org.lookalike.action.NodeReport;
import org.lookalike.action.NodeStatesAction;
import org.lookalike.action.TransportEmbedAction;
import org.lookalike.action.TransportNodeStatesAction;
import org.lookalike.embed.EmbeddingCache;
import org.lookalike.embed.ImagePool;
import org.lookalike.embed.LookalikeStats;
import org.lookalike.embed.PictureEmbedder;
import org.lookalike.embed.PictureMemory;
import org.lookalike.embed.QueryEmbedder;
import org.lookalike.index.ModelChoice;
import org.lookalike.index.SearchTargets;
import org.lookalike.ingest.ImageEmbeddingProcessor;
import org.lookalike.ingest.ImageEmbeddingProcessorFactory;
import org.lookalike.ingest.IngestQueue;
import org.lookalike.model.ModelRegistry;
import org.lookalike.query.ClauseRewriter;
import org.lookalike.query.LookalikeQueryBuilder;
import org.lookalike.rest.RestEmbedAction;
import org.lookalike.rest.RestNodeStatesAction;
import org.lookalike.rest.RestThumbnailAction;
import org.opensearch.action.ActionRequest;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.SetOnce;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.CircuitBreakerPlugin;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;

/** Wires the plugin into the node; holds no logic. */
public final class LookalikePlugin extends Plugin
    implements ActionPlugin, SearchPlugin, IngestPlugin, CircuitBreakerPlugin {
  private static final String NAME = "lookalike";

  private final PictureMemory memory = new PictureMemory();
  // The node asks for clauses and processors before it has the services that they need.
  private final SetOnce<ClauseRewriter> rewriter = new SetOnce<>();
  private final SetOnce<ImageEmbeddingProcessorFactory.Services> ingestServices = new SetOnce<>();
  private final SetOnce<ModelRegistry> models = new SetOnce<>();

  @Override
  public Collection<Object> createComponents(
      Client client,
      ClusterService clusterService,
      ThreadPool threadPool,
      ResourceWatcherService resourceWatcherService,
      ScriptService scriptService,
      NamedXContentRegistry xContentRegistry,
      Environment environment,
      NodeEnvironment nodeEnvironment,
      NamedWriteableRegistry namedWriteableRegistry,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<RepositoriesService> repositoriesServiceSupplier) {
    Path shipped = environment.pluginsDir().resolve(NAME).resolve("models");
    Path own = environment.configDir().resolve(NAME).resolve("models");
    models.set(new ModelRegistry(List.of(shipped, own)));
    ClusterSettings dynamic = clusterService.getClusterSettings();
    LookalikeSettings settings = new LookalikeSettings(environment.settings(), dynamic);
    LookalikeStats stats = new LookalikeStats();
    ImagePool pool = new ImagePool(threadPool, memory, stats);
    PictureEmbedder embedder = new PictureEmbedder(settings, memory, stats);
    EmbeddingCache cache = new EmbeddingCache(environment.settings(), dynamic);
    SearchTargets targets = new SearchTargets(clusterService, indexNameExpressionResolver);
    ModelChoice choice = new ModelChoice(models.get());
    IngestQueue queue = new IngestQueue(pool, threadPool, settings);
    rewriter.set(
        new ClauseRewriter(targets, choice, new QueryEmbedder(pool, embedder, cache, stats)));
    ingestServices.set(
        new ImageEmbeddingProcessorFactory.Services(queue, embedder, targets, choice));
    NodeReport report = new NodeReport(models.get(), stats, cache, queue, threadPool);
    return List.of(models.get(), pool, embedder, report);
  }

  @Override
  public List<QuerySpec<?>> getQueries() {
    return List.of(
        new QuerySpec<>(
            LookalikeQueryBuilder.NAME,
            in -> new LookalikeQueryBuilder(in, rewriter.get()),
            parser -> LookalikeQueryBuilder.parse(parser, rewriter.get())));
  }

  @Override
  public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
    return Map.of(
        ImageEmbeddingProcessor.TYPE, new ImageEmbeddingProcessorFactory(ingestServices::get));
  }

  @Override
  public List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> getActions() {
    return List.of(
        new ActionHandler<>(EmbedAction.INSTANCE, TransportEmbedAction.class),
        new ActionHandler<>(NodeStatesAction.INSTANCE, TransportNodeStatesAction.class));
  }

  @Override
  public List<RestHandler> getRestHandlers(
      Settings settings,
      RestController restController,
      ClusterSettings clusterSettings,
      IndexScopedSettings indexScopedSettings,
      SettingsFilter settingsFilter,
      IndexNameExpressionResolver indexNameExpressionResolver,
      Supplier<DiscoveryNodes> nodesInCluster) {
    return List.of(
        new RestEmbedAction(),
        RestNodeStatesAction.models(),
        RestNodeStatesAction.stats(),
        new RestThumbnailAction());
  }

  @Override
  public List<Setting<?>> getSettings() {
    return LookalikeSettings.all();
  }

  @Override
  public List<ExecutorBuilder<?>> getExecutorBuilders(Settings settings) {
    return List.of(ImagePool.executor(settings));
  }

  @Override
  public BreakerSettings getCircuitBreaker(Settings settings) {
    return PictureMemory.breaker(settings);
  }

  @Override
  public void setCircuitBreaker(CircuitBreaker breaker) {
    memory.set(breaker);
  }

  @Override
  public void close() {
    if (models.get() != null) {
      models.get().close();
    }
  }
}
