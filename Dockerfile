# Gatelodge in a container: Node 24, no build step, a user without rights, and one place to write: /data.
# Meant to run with a read-only root file system and a tmpfs on /tmp, as docker-compose.yml does.

FROM node:24-slim AS install
WORKDIR /app
# `npm ci` ends with the `prepare` script, which generates the database client from prisma/schema. The generator is not
# needed after that, and weighs more than all the rest.
COPY package.json package-lock.json .npmrc ./
COPY prisma prisma
RUN npm ci --omit=dev --omit=optional \
 && npm uninstall --no-save --ignore-scripts --omit=dev --omit=optional prisma \
 && npm cache clean --force

FROM node:24-slim
ENV NODE_ENV=production \
    GATELODGE_DATA_DIR=/data
WORKDIR /app
RUN printf '#!/bin/sh\nexec node --disable-warning=ExperimentalWarning /app/src/main.ts "$@"\n' > /usr/local/bin/gatelodge \
 && chmod 0755 /usr/local/bin/gatelodge \
 && install -d -o node -g node -m 0700 /data
COPY --from=install /app ./
COPY LICENSE ./
COPY views views
COPY src src
USER node
VOLUME /data
EXPOSE 9000 9443 9300
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 CMD ["gatelodge", "healthcheck"]
ENTRYPOINT ["gatelodge"]
CMD ["serve"]
