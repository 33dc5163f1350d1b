FROM python:3.11-slim AS build
WORKDIR /shop
RUN python -m venv /venv
COPY requirements.txt constraints.txt ./
RUN /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:3.11-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /shop
COPY --from=build /venv /venv
COPY . .
# Hashed names for static files need settings, and settings need a key; this one signs nothing and stays in this line.
RUN SECRET_KEY=only-while-this-image-is-built python manage.py collectstatic --noinput \
 && useradd --system --uid 10001 shop \
 && mkdir /data && chown shop /data
USER shop
ENV DATA_DIR=/data
VOLUME /data
EXPOSE 8000 8001
CMD ["granian", "--interface", "wsgi", "creatorshop.wsgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "--backlog", "8192", "--backpressure", "8192"]
