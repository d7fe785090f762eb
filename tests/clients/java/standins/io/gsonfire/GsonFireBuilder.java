package io.gsonfire;

import com.google.gson.GsonBuilder;

/** What is used of gson-fire where no schema has a discriminator. */
public class GsonFireBuilder {
  public GsonBuilder createGsonBuilder() {
    return new GsonBuilder();
  }
}
