package devroot;

import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.lucene.util.Version;
import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.features.NodeFeature;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestChannel;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestRequest.Method;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;

/**
 * GET and HEAD "/": the banner that clients ask for.
 * The distribution's own module for it (rest-root) is not published to Maven.
 */
public class DevRootPlugin extends Plugin implements ActionPlugin {
    @Override
    public Collection<RestHandler> getRestHandlers(
        ActionPlugin.RestHandlersServices services,
        Supplier<DiscoveryNodes> nodes,
        Predicate<NodeFeature> features
    ) {
        return List.of(new Banner());
    }

    private static class Banner extends BaseRestHandler {
        @Override
        public String getName() {
            return "dev_root";
        }

        @Override
        public List<Route> routes() {
            return List.of(new Route(Method.GET, "/"), new Route(Method.HEAD, "/"));
        }

        @Override
        protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
            String node = client.settings().get("node.name");
            String cluster = client.settings().get("cluster.name");
            return channel -> answer(channel, node, cluster);
        }

        private static void answer(RestChannel channel, String node, String cluster)
            throws java.io.IOException {
            Build build = Build.current();
            var body = channel.newBuilder().prettyPrint().startObject()
                .field("name", node)
                .field("cluster_name", cluster)
                .field("cluster_uuid", "_na_")
                .startObject("version")
                .field("number", build.version())
                .field("build_flavor", "embedded")
                .field("build_type", "unknown")
                .field("build_hash", build.hash())
                .field("build_date", build.date())
                .field("build_snapshot", false)
                .field("lucene_version", Version.LATEST.toString())
                .endObject()
                .field("tagline", "You Know, for Search")
                .endObject();
            channel.sendResponse(new RestResponse(RestStatus.OK, body));
        }
    }
}
