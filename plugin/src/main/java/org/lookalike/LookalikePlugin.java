package org.lookalike;

import org.opensearch.plugins.Plugin;

/** Wires the plugin into the node; holds no logic. */
public final class LookalikePlugin extends Plugin {}
